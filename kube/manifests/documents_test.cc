#include "kube/manifests/documents.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "kube/manifests/source_fault.h"

namespace countersign::kube {
namespace {

using base::StatusIs;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Documents, ManifestsAreKnownByTheirNames) {
  for (const std::string_view name : {"a.yaml", "a.yml", "a.json", "a.b.yaml"}) {
    EXPECT_TRUE(IsManifestName(name)) << name;
  }
  for (const std::string_view name :
       {"", "a", "yaml", "a.YAML", ".a.yaml", ".yaml", "..data", "a.yaml~", "a.yaml.swp"}) {
    EXPECT_FALSE(IsManifestName(name)) << name;
  }
}

TEST(Documents, NameDecidesHowTheTextIsRead) {
  EXPECT_THAT(*ParseDocuments("a.yaml", "a: 1\n---\nb: 2\n"), SizeIs(2));
  EXPECT_THAT(*ParseDocuments("a.yml", "a: 1\n---\nb: 2\n"), SizeIs(2));
  EXPECT_THAT(ParseDocuments("a.json", "a: 1\n"), StatusIs(kInvalid, StartsWith("a.json:1: ")));
  // YAML would take an unquoted name.
  EXPECT_THAT(ParseDocuments("a.json", "{a: 1}"), StatusIs(kInvalid));
}

TEST(Documents, JsonIsLocated) {
  const auto documents = ParseDocuments("a.json", "{\n\"a\":\n\t[\"\\ud83d\\ude00\",\n1]}");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_THAT(*documents, SizeIs(1));
  EXPECT_EQ(FindLines(documents->front().lines, "/a/1").line, 4);
}

TEST(Documents, JsonFaultsHaveALine) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "a.json:1: "},
      {"{\n\"a\": 1,\n\"a\": 2}", "a.json:3: "},
      {"{\n\n\"a\": 1\n", "a.json:4: "},
      {"{}\n\nx", "a.json:3: "},
      {std::string("[\n\0]", 4), "a.json:2: "},
  };
  for (const auto& [text, start] : cases) {
    EXPECT_THAT(ParseDocuments("a.json", text), StatusIs(kInvalid, StartsWith(std::string(start))))
        << text;
  }
}

TEST(Documents, FaultsAreTakenApart) {
  EXPECT_EQ(SourceFaultOf(ParseDocuments("a:9: b.yaml", "a: 1\na: 2\n").status()),
            (SourceFault{.line = 2, .reason = "a second key \"a\" in one mapping"}));
  EXPECT_EQ(SourceFaultOf(ParseDocuments("a.yaml", "a: [\n").status())->line, 2);
  EXPECT_EQ(SourceFaultOf(ParseDocuments("a.yaml", "a\n\x04\n").status())->line, 2);
  EXPECT_EQ(SourceFaultOf(ParseDocuments("a.json", "{}\n\nx").status())->line, 3);
}

TEST(Documents, DepthIsBounded) {
  EXPECT_THAT(ParseDocuments("a.json", std::string(10'000, '[')),
              StatusIs(kInvalid, HasSubstr("deep")));
  EXPECT_THAT(ParseDocuments("a.yaml", std::string(10'000, '[')), StatusIs(kInvalid));
}

TEST(Documents, AByteOrderMarkHasARemedy) {
  for (const char* const name : {"a.json", "a.yaml"}) {
    EXPECT_THAT(ParseDocuments(name, "\xef\xbb\xbf{}"),
                StatusIs(kInvalid, absl::StrCat(name,
                                                ":1: a byte order mark at the start: save "
                                                "the file without it")));
  }
  EXPECT_EQ(SourceFaultOf(ParseDocuments("a.json", "{}\xef\xbb\xbf").status())->reason.find("save"),
            std::string::npos);
}

}  // namespace
}  // namespace countersign::kube

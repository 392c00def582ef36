#include "oci/platform_index.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"

namespace countersign::oci {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Entry(std::string_view more) {
  return absl::StrCat(
      R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","size":3,"digest":")",
      Digest::Of("abc").ToString(), "\"", more, "}");
}
std::string Index(std::string_view manifests, std::string_view more = "") {
  return absl::StrCat(R"({"schemaVersion":2,"manifests":[)", manifests, "]", more, "}");
}
PlatformManifest Read(std::string_view more) {
  return ParsePlatformIndex(Index(Entry(more)))->manifests.at(0);
}

constexpr char kUnknown[] = R"(,"platform":{"os":"unknown","architecture":"unknown"})";
constexpr char kAttests[] =
    R"(,"annotations":{"vnd.docker.reference.type":"attestation-manifest"})";

TEST(PlatformIndex, ListsManifestsAndTheirPlatforms) {
  const PlatformManifest arm =
      Read(R"(,"platform":{"os":"linux","architecture":"arm64","variant":"v8"})");
  EXPECT_EQ(arm.digest, Digest::Of("abc"));
  EXPECT_EQ(arm.platform, "linux/arm64/v8");
  EXPECT_FALSE(arm.is_index);
  EXPECT_TRUE(arm.may_run);
  EXPECT_EQ(Read(R"(,"platform":{"os":"linux","architecture":"s390x"})").platform, "linux/s390x");
  for (const char* const none : {"", R"(,"platform":null)", R"(,"platform":{})"}) {
    EXPECT_EQ(Read(none).platform, "");
    EXPECT_TRUE(Read(none).may_run);
  }
}

TEST(PlatformIndex, SaysWhatIsAnIndexByItsMediaType) {
  for (const std::string_view type : {kOciIndex, kDockerManifestList}) {
    const auto index =
        ParsePlatformIndex(Index(absl::StrCat(R"({"mediaType":")", type, R"(","digest":")",
                                              Digest::Of("abc").ToString(), R"("})"),
                                 absl::StrCat(R"(,"mediaType":")", type, "\"")));
    ASSERT_THAT(index, IsOk());
    EXPECT_TRUE(index->manifests.at(0).is_index);
  }
}

TEST(PlatformIndex, OnlyAnAttestationManifestOfNoPlatformIsNotRun) {
  EXPECT_FALSE(Read(absl::StrCat(kUnknown, kAttests)).may_run);
  EXPECT_TRUE(Read(kUnknown).may_run);
  EXPECT_TRUE(Read(kAttests).may_run);
  for (const char* const platform :
       {R"({"os":"linux","architecture":"unknown"})", R"({"os":"unknown","architecture":"amd64"})",
        R"({"os":"unknown/unknown"})", R"({"architecture":"unknown/unknown"})",
        R"({"os":"unknown","architecture":"unknown","variant":"v8"})"}) {
    EXPECT_TRUE(Read(absl::StrCat(R"(,"platform":)", platform, kAttests)).may_run) << platform;
  }
  EXPECT_TRUE(
      Read(absl::StrCat(kUnknown, R"(,"annotations":{"vnd.docker.reference.type":"x"})")).may_run);
}

TEST(PlatformIndex, AnImagesManifestIsNone) {
  for (const char* const manifest :
       {R"({"schemaVersion":2,"config":{},"layers":[]})", R"({"schemaVersion":2})", "{}"}) {
    const auto read = ParsePlatformIndex(manifest);
    ASSERT_THAT(read, IsOk()) << manifest;
    EXPECT_FALSE(read->is_index) << manifest;
  }
}

TEST(PlatformIndex, AnIndexMayListNothing) {
  for (const std::string& none : {Index(""), std::string(R"({"manifests":null})"),
                                  absl::StrCat(R"({"mediaType":")", kOciIndex, "\"}")}) {
    const auto index = ParsePlatformIndex(none);
    ASSERT_THAT(index, IsOk()) << none;
    EXPECT_TRUE(index->is_index) << none;
    EXPECT_THAT(index->manifests, IsEmpty());
  }
}

// A node's reader, which is written in Go, takes the last of the two.
TEST(PlatformIndex, WhatANodeMayReadOtherwiseIsRefused) {
  for (const std::string& text :
       {Index(Entry(""), R"(,"Manifests":[])"), Index(Entry(""), R"(,"MANIFESTS":[])"),
        Index(Entry(""), ",\"manife\xc5\xbfts\":[]"), Index(Entry(""), R"(,"manife\u017fts":[])"),
        Index(Entry(""), R"(,"layers":[])"), Index(Entry(""), R"(,"Layers":[])"),
        Index(Entry(""), R"(,"config":{})"), Index(Entry(""), R"(,"config":null)"),
        Index(Entry(""), R"(,"fsLayers":[])"),
        Index(Entry(""), R"(,"mediaType":"application/vnd.oci.image.manifest.v1+json")"),
        std::string(R"({"layers":[],"Manifests":[]})"),
        Index(Entry(absl::StrCat(kUnknown, kAttests,
                                 R"(,"Platform":{"os":"linux","architecture":"amd64"})"))),
        Index(Entry(R"(,"platform":{"os":"unknown","architecture":"unknown","OS":"linux"})")),
        Index(Entry(absl::StrCat(R"(,"Digest":")", Digest::Of("evil").ToString(), "\""))),
        Index(Entry(R"(,"mediatype":"x")"))}) {
    EXPECT_THAT(ParsePlatformIndex(text), StatusIs(absl::StatusCode::kInvalidArgument, testing::_))
        << text;
  }
  EXPECT_THAT(ParsePlatformIndex(Index(Entry(""), R"(,"manifests":[])")),
              StatusIs(absl::StatusCode::kInvalidArgument, testing::_));
}

TEST(PlatformIndex, RefusesWhatIsMalformed) {
  for (const char* const text :
       {"", "[]", R"({"manifests":{}})", R"({"manifests":[7]})", R"({"manifests":[{}]})",
        R"({"manifests":[{"digest":"sha512:00"}]})", R"({"mediaType":7})"}) {
    EXPECT_THAT(ParsePlatformIndex(text), StatusIs(absl::StatusCode::kInvalidArgument, testing::_))
        << text;
  }
  EXPECT_THAT(ParsePlatformIndex(absl::StrCat("{}", std::string(kMaxPlatformIndexBytes, ' '))),
              StatusIs(absl::StatusCode::kInvalidArgument, testing::_));
  EXPECT_THAT(ParsePlatformIndex(Index(Entry("") + "," + Entry(R"(,"platform":7)"))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/manifests/1/platform")));
}

TEST(PlatformIndex, TakesAllThatMayBeListed) {
  std::string entries = Entry("");
  for (int i = 1; i < 256; ++i) {
    entries += "," + Entry(absl::StrCat(kUnknown, kAttests));
  }
  const auto index = ParsePlatformIndex(Index(entries));
  ASSERT_THAT(index, IsOk());
  EXPECT_THAT(index->manifests, SizeIs(256));
}

}  // namespace
}  // namespace countersign::oci

#include "policy/oci_source.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"

namespace countersign::policy {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;

EvidenceSource Repository(std::string registry, std::string path) {
  return {.repository = oci::Repository{std::move(registry), std::move(path)}};
}

EvidenceSource Registry(std::string name) { return {.registry = std::move(name)}; }

TEST(OciSource, IsARepositoryIfItsHostCanBeTold) {
  EXPECT_THAT(ParseOciSource("ghcr.io/sigstore/test"),
              IsOkAndHolds(Repository("ghcr.io", "sigstore/test")));
  EXPECT_THAT(ParseOciSource("GHCR.io/test"), IsOkAndHolds(Repository("ghcr.io", "test")));
  EXPECT_THAT(ParseOciSource("localhost:8080/test"),
              IsOkAndHolds(Repository("localhost:8080", "test")));
  EXPECT_THAT(ParseOciSource("127.0.0.1:5005/a/b_c-d.e"),
              IsOkAndHolds(Repository("127.0.0.1:5005", "a/b_c-d.e")));
  EXPECT_THAT(ParseOciSource("[::1]:5005/signatures"),
              IsOkAndHolds(Repository("[::1]:5005", "signatures")));
  EXPECT_THAT(ParseOciSource("docker.io/library/signatures"),
              IsOkAndHolds(Repository("index.docker.io", "library/signatures")));
}

TEST(OciSource, IsARegistryIfItHasNoPath) {
  EXPECT_THAT(ParseOciSource("ghcr.io"), IsOkAndHolds(Registry("ghcr.io")));
  EXPECT_THAT(ParseOciSource("GHCR.io"), IsOkAndHolds(Registry("ghcr.io")));
  EXPECT_THAT(ParseOciSource("127.0.0.1:5005"), IsOkAndHolds(Registry("127.0.0.1:5005")));
  EXPECT_THAT(ParseOciSource("[::1]:5005"), IsOkAndHolds(Registry("[::1]:5005")));
  EXPECT_THAT(ParseOciSource("localhost"), IsOkAndHolds(Registry("localhost")));
  EXPECT_THAT(ParseOciSource("docker.io"), IsOkAndHolds(Registry("index.docker.io")));
}

// As its repositories have it, so that the two are one source.
TEST(OciSource, OfARegistryIsTheRepositoryOfEachImagesPath) {
  const auto source = std::make_shared<const EvidenceSource>(ParseOciSource("docker.io").value());
  EXPECT_EQ(SourceFor(source, {"r.io", "team/app"})->repository,
            (oci::Repository{"index.docker.io", "team/app"}));
  EXPECT_EQ(SourceFor(source, {"index.docker.io", "team/app"}), nullptr);
}

TEST(OciSource, SaysWhatIsWrongToItsAuthor) {
  const struct {
    std::string_view text;
    std::string_view why;
  } kCases[] = {
      {"", "it is empty"},
      {"org/repo", "it names no registry: \"org\""},
      {"localhost/repo", "it names no registry: \"localhost\""},
      {"/repo", "it names no registry: \"\""},
      {"https://ghcr.io", "it has a scheme"},
      {"https://ghcr.io/repo", "it has a scheme"},
      {"ghcr.io/", "empty component"},
      {"ghcr.io//repo", "empty component"},
      {"ghcr.io/repo/", "empty component"},
      {"ghcr.io/../repo", "the component \"..\""},
      {"ghcr.io/Repo", "upper-case"},
      {"gcr.io/test/*", "\"*\", which no path has"},
      {"ghcr.io/repo:tag", "it is an image"},
      {"ghcr.io/repo@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
       "it is an image"},
      {"gcr.@io/test", "\"gcr.@io\" is neither a host name nor an IP address"},
      {"user@ghcr.io/test", "neither a host name nor an IP address"},
      {"ghcr.io:latest", "has a port that is no number"},
      {"host:x/repo", "has a port that is no number"},
      {"ghcr.io:0", "has a port that is no number"},
      {"ghcr_io", "neither a host name nor an IP address"},
      {"127.1", "some clients take for an address"},
      {" ghcr.io", "neither a host name nor an IP address"},
      {"docker.io/nginx", "write index.docker.io/library/nginx"},
  };
  for (const auto& [text, why] : kCases) {
    EXPECT_THAT(ParseOciSource(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why))))
        << text;
  }
}

TEST(OciSource, IsQuotedPrintablyAndCut) {
  for (const std::string& text : {std::string("a\n\x1b/repo"), std::string("\xff.io"),
                                  std::string(100'000, 'a') + "/b", std::string(100'000, '.')}) {
    const auto source = ParseOciSource(text);
    ASSERT_FALSE(source.ok());
    const std::string why(source.status().message());
    EXPECT_LT(why.size(), 1000u);
    EXPECT_EQ(base::Printable(why, 1000), why);
  }
}

}  // namespace
}  // namespace countersign::policy

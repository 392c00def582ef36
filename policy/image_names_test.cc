#include "policy/image_names.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

const std::string kDigest =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::vector<ImageName> Names(std::string_view image) {
  return NamesOf(*oci::ImageReference::Parse(image));
}

std::vector<std::string> Texts(std::string_view image) {
  std::vector<std::string> texts;
  for (const ImageName& name : Names(image)) texts.push_back(name.text);
  return texts;
}

TEST(ImageNames, AnImageOfARegistryHasItsNameWithAndWithoutItsTag) {
  EXPECT_THAT(Texts("r.example/a/b:v1"), UnorderedElementsAre("r.example/a/b", "r.example/a/b:v1"));
}

TEST(ImageNames, LatestIsImpliedWhereNeitherTagNorDigestWasWritten) {
  EXPECT_THAT(Texts("r.example/a"), UnorderedElementsAre("r.example/a", "r.example/a:latest"));
  EXPECT_THAT(Texts("r.example/a@" + kDigest),
              UnorderedElementsAre("r.example/a", "r.example/a@" + kDigest));
}

TEST(ImageNames, ATagBesideADigestIsMarkedWhereverItStands) {
  EXPECT_THAT(
      Names("R.example/a:v1@" + kDigest),
      UnorderedElementsAre(ImageName{"r.example/a", false}, ImageName{"r.example/a:v1", true},
                           ImageName{"r.example/a@" + kDigest, false},
                           ImageName{"r.example/a:v1@" + kDigest, true},
                           ImageName{"R.example/a:v1@" + kDigest, true}));
}

TEST(ImageNames, ATagAloneIsNoClaimNorIsADigest) {
  for (const ImageName& name : Names("docker.io/library/nginx:1")) {
    EXPECT_FALSE(name.has_tag_beside_digest) << name.text;
  }
  for (const ImageName& name : Names("nginx@" + kDigest)) {
    EXPECT_FALSE(name.has_tag_beside_digest) << name.text;
  }
}

TEST(ImageNames, HostIsInLowerCaseAndWithoutThePortOfHttpsToo) {
  EXPECT_THAT(Texts("GHCR.io:443/a:1"),
              UnorderedElementsAre("ghcr.io:443/a", "ghcr.io:443/a:1", "ghcr.io/a", "ghcr.io/a:1",
                                   "GHCR.io:443/a:1"));
  EXPECT_THAT(Texts("r.example:5000/a"), Not(Contains("r.example/a")));
}

TEST(ImageNames, AnOfficialImageHasAllSpellingsOfDockerHub) {
  const auto spellings = UnorderedElementsAre(
      "index.docker.io/library/nginx", "index.docker.io/library/nginx:latest",
      "docker.io/library/nginx", "docker.io/library/nginx:latest", "index.docker.io/nginx",
      "index.docker.io/nginx:latest", "docker.io/nginx", "docker.io/nginx:latest", "library/nginx",
      "library/nginx:latest", "nginx", "nginx:latest");
  for (const std::string_view image : {"nginx", "library/nginx", "docker.io/nginx",
                                       "index.docker.io/library/nginx", "docker.io/nginx:latest"}) {
    EXPECT_THAT(Texts(image), spellings) << image;
  }
}

TEST(ImageNames, AUsersImageHasNoLibraryToLeaveOut) {
  EXPECT_THAT(Texts("docker.io/me/app:1"),
              UnorderedElementsAre("index.docker.io/me/app", "index.docker.io/me/app:1",
                                   "docker.io/me/app", "docker.io/me/app:1", "me/app", "me/app:1"));
  EXPECT_THAT(Texts("docker.io/library/a/b"), Not(Contains("docker.io/a/b")));
}

TEST(ImageNames, TheTextAsWrittenIsOneOfThem) {
  EXPECT_THAT(Texts("registry-1.docker.io/library/nginx:1"),
              Contains("registry-1.docker.io/library/nginx:1"));
  EXPECT_THAT(Texts("registry-1.docker.io/library/nginx:1"), Contains("nginx"));
  EXPECT_THAT(Texts("Registry.Example/a"), Contains("Registry.Example/a"));
}

TEST(ImageNames, DockerHubKeepsItsNamesWithThePortOfHttps) {
  EXPECT_THAT(Texts("docker.io:443/library/nginx"), Contains("index.docker.io/library/nginx"));
  EXPECT_THAT(Texts("docker.io:443/library/nginx"), Contains("nginx"));
  EXPECT_THAT(Texts("registry-1.docker.io:443/me/app"), Contains("me/app"));
}

// Else an image of somebody at Docker Hub would pass for one of the company's registry.
TEST(ImageNames, AShortNameThatReadsAsARegistrysIsNone) {
  EXPECT_THAT(Texts("docker.io/registry.corp/img"), Not(Contains("registry.corp/img")));
  EXPECT_THAT(Texts("docker.io/localhost/img"), Not(Contains("localhost/img")));
}

// D17.
TEST(ImageNames, ABareLocalhostIsReadAsDockerHubsToo) {
  EXPECT_THAT(Texts("localhost/xy:1"),
              UnorderedElementsAre("localhost/xy", "localhost/xy:1", "index.docker.io/localhost/xy",
                                   "index.docker.io/localhost/xy:1", "docker.io/localhost/xy",
                                   "docker.io/localhost/xy:1"));
  EXPECT_THAT(Texts("localhost:5000/xy"),
              UnorderedElementsAre("localhost:5000/xy", "localhost:5000/xy:latest"));
}

TEST(ImageNames, WithADigestAreThoseOfTheImageThatItsTagMeans) {
  const oci::Digest digest = oci::Digest::Of("x");
  for (const std::string_view text : {"nginx", "r.io/app:1", "localhost/x", "ghcr.io:443/a"}) {
    const oci::ImageReference image = oci::ImageReference::Parse(text).value();
    std::vector<ImageName> expected =
        NamesOf(oci::ImageReference::Parse(image.PinnedTo(digest)).value());
    std::erase_if(expected,
                  [](const ImageName& name) { return name.text.find('@') == std::string::npos; });
    for (ImageName& name : expected) name.has_tag_beside_digest = false;
    EXPECT_THAT(NamesWithDigest(image, digest), UnorderedElementsAreArray(expected)) << text;
  }
}

TEST(ImageNames, WithADigestThatIsNotKnownHaveWhatNoGlobHasInItsPlace) {
  const oci::ImageReference image = oci::ImageReference::Parse("r.io/app:1").value();
  EXPECT_THAT(
      NamesWithDigest(image, std::nullopt),
      UnorderedElementsAre(ImageName{"r.io/app@sha256:<>"}, ImageName{"r.io/app:1@sha256:<>"}));
}

TEST(ImageNames, AreAtMostThirtyThreeAndEachIsThereOnce) {
  size_t most = 0;
  for (const std::string& image :
       {"Registry-1.Docker.io:443/library/nginx:v1@" + kDigest, "nginx:1@" + kDigest,
        "LOCALHOST/a:1@" + kDigest, "[0::1]:443/a:1@" + kDigest}) {
    const auto reference = oci::ImageReference::Parse(image);
    if (!reference.ok()) continue;
    const std::vector<std::string> texts = Texts(image);
    EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), texts.size()) << image;
    most = std::max(most, texts.size());
  }
  EXPECT_EQ(most, 33u);
}

}  // namespace
}  // namespace countersign::policy

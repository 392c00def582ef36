// The Policy Controller's own cases of its glob language: inputs and expectations of
// pkg/apis/glob/glob_test.go of github.com/sigstore/policy-controller at commit f925c0c (Copyright 2022
// The Sigstore Authors, Apache-2.0), all 42 rows. And what was observed of it, in a cluster, beside what
// comes of the same here.

#include <string>
#include <string_view>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/image_glob.h"
#include "policy/image_names.h"

namespace countersign::policy {
namespace {

using ::countersign::base::IsOk;
using ::testing::Not;

const std::string kDigest =
    "sha256:5504f2a95018e3d8a52d80d9e1a128c6ea337581808ff9fe96f5628ce2336350";

bool Selects(std::string_view glob, std::string_view image) {
  const auto parsed = ImageGlob::Parse(glob);
  const auto reference = oci::ImageReference::Parse(image);
  EXPECT_THAT(parsed, IsOk()) << glob;
  EXPECT_THAT(reference, IsOk()) << image;
  if (!parsed.ok() || !reference.ok()) return false;
  for (const ImageName& name : NamesOf(*reference)) {
    if (parsed->Matches(name.text)) return true;
  }
  return false;
}

bool Covers(std::string_view glob, std::string_view image) {
  for (const ImageName& name : NamesOf(*oci::ImageReference::Parse(image))) {
    if (ImageGlob::Parse(glob)->Covers(name.text)) return true;
  }
  return false;
}

// Whether it selects the image only by a tag that was written beside a digest.
bool SelectsByClaimAlone(std::string_view glob, std::string_view image) {
  for (const ImageName& name : NamesOf(*oci::ImageReference::Parse(image))) {
    if (!name.has_tag_beside_digest && ImageGlob::Parse(glob)->Matches(name.text)) return false;
  }
  return Selects(glob, image);
}

TEST(ImageGlobConformance, SelectsWhatThePolicyControllersOwnTestsSay) {
  const struct {
    std::string image;
    std::string glob;
    bool matches;
  } kCases[] = {
      {"foo", "index.docker.io/library/foo:latest", true},
      {"foo", "index.docker.io/library/foo:*", true},
      {"foo", "index.docker.io/library/*", true},
      {"foo", "index.docker.io/library/*:latest", true},
      {"foo", "index.docker.io/*/*", true},
      {"foo", "index.docker.io/**", true},
      {"foo", "index.docker.**", true},
      {"foo", "inde**", true},
      {"foo", "**", true},
      {"foo", "foo", true},
      {"foo", "foo*", true},
      {"foo", "foo**", true},
      {"myuser/myapp", "index.docker.io/myuser/myapp:latest", true},
      {"myuser/myapp", "index.docker.io/myuser/myapp:*", true},
      {"myuser/myapp", "index.docker.io/myuser/*", true},
      {"myuser/myapp", "index.docker.io/myuser/*:latest", true},
      {"myuser/myapp", "index.docker.io/*/*", true},
      {"myuser/myapp", "index.docker.io/**", true},
      {"myuser/myapp", "index.docker.**", true},
      {"myuser/myapp", "inde**", true},
      {"myuser/myapp", "**", true},
      {"myuser/myapp", "myuser/myapp", true},
      {"myuser/myapp", "myuser/myapp*", true},
      {"myuser/myapp", "myuser/myapp**", true},
      {"ghcr.io/foo/bar", "ghcr.io/*/*", true},
      {"ghcr.io/foo/bar", "ghcr.io/**", true},
      {"ghcr.io/foo", "ghcr.io/*/*", false},
      {"ghcr.io/foo", "ghcr.io/**", true},
      {"ghcr.io/foo", "ghc**", true},
      {"ghcr.io/foo", "**", true},
      {"ghcr.io/foo", "*/**", true},
      {"ghcr.io/foo", "ghcr.io/foo*", true},
      {"ghcr.io/foo", "ghcr.io/foo**", true},
      {"prefix-ghcr.io/foo", "ghcr.io/foo", false},
      {"ghcr.io/foo-suffix", "ghcr.io/foo", false},
      {"ghcrxio/foo", "ghcr.io/**", false},
      {"foo", "*", true},
      {"myuser/myapp", "*/*", true},
      {"ghcr.io/foo@" + kDigest, "ghcr.io/foo@" + kDigest, true},
  };
  for (const auto& [image, glob, matches] : kCases) {
    EXPECT_EQ(Selects(glob, image), matches) << glob << " " << image;
  }
}

TEST(ImageGlobConformance, RefusesWhatThePolicyControllersOwnTestsSay) {
  EXPECT_THAT(oci::ImageReference::Parse("invalid&name"), Not(IsOk()));
  EXPECT_THAT(ImageGlob::Parse(".+"), Not(IsOk()));
  EXPECT_THAT(ImageGlob::Parse("[a-z]*"), Not(IsOk()));
}

// What the Policy Controller makes of a glob and an image in a cluster, where it compares
// `host/path@digest` only, and what comes of it here.
struct Seen {
  std::string_view glob;
  std::string_view image;
  bool theirs;
  bool ours;
};

void Check(const std::vector<Seen>& rows) {
  for (const Seen& row : rows) {
    EXPECT_EQ(Selects(row.glob, row.image), row.ours) << row.glob << " " << row.image;
    // Whatever theirs selects, ours does.
    EXPECT_TRUE(row.ours || !row.theirs) << row.glob << " " << row.image;
  }
}

constexpr std::string_view kLocal = "127.0.0.1:5005/app/img0:v1";

TEST(ImageGlobConformance, ATaggedImageAsSeenInACluster) {
  Check({
      {"127.0.0.1:5005/app/img0*", kLocal, true, true},
      {"127.0.0.1:5005/app/img0**", kLocal, true, true},
      {"127.0.0.1:5005/app/*", kLocal, true, true},
      {"127.0.0.1:5005/*/*", kLocal, true, true},
      {"127.0.0.1:5005/**", kLocal, true, true},
      {"127.0.0.1:5005/**/*", kLocal, true, true},
      {"*/**", kLocal, true, true},
      {"*/*/*", kLocal, true, true},
      {"**", kLocal, true, true},
      {"**img0**", kLocal, true, true},
      {"127.0.0.*/**", kLocal, true, true},
      {"*:5005/**", kLocal, true, true},
      {"127.0.0.1:5005/*", kLocal, false, false},
      {"*", kLocal, false, false},
      {"*/*", kLocal, false, false},
      {"127.0.0.1/**", kLocal, false, false},
      {"app/img0", kLocal, false, false},
  });
}

// There the tag has become a digest by the time that globs are compared, so that these see it; here they
// are about images that were written with a digest.
TEST(ImageGlobConformance, AGlobWithADigestIsAboutImagesWrittenWithOne) {
  const std::string pinned = "127.0.0.1:5005/app/img0@" + kDigest;
  Check({
      {"127.0.0.1:5005/app/img0@*", pinned, true, true},
      {"127.0.0.1:5005/app/img0@sha256:*", pinned, true, true},
  });
}

TEST(ImageGlobConformance, D11TagsAreMatchedHereAndNeverThere) {
  Check({
      {"127.0.0.1:5005/app/img0", kLocal, false, true},
      {"127.0.0.1:5005/app/img0:v1", kLocal, false, true},
      {"127.0.0.1:5005/app/img0:*", kLocal, false, true},
      {"127.0.0.1:5005/app/img0:**", kLocal, false, true},
      {"127.0.0.1:5005/app/img0:v2", kLocal, false, false},
      // Neither there nor here: the tag is the user's, the digest is not.
      {"127.0.0.1:5005/app/img0:v1@*", kLocal, false, false},
  });
  EXPECT_TRUE(Selects("127.0.0.1:5005/app/img0:v1@*", std::string(kLocal) + "@" + kDigest));
}

TEST(ImageGlobConformance, D12DockerHubIsMatchedInEverySpelling) {
  for (const std::string_view image : {"nginx", "docker.io/nginx", "docker.io/library/nginx:1"}) {
    Check({
        {"index.docker.io/**", image, true, true},
        {"*", image, true, true},
        {"*/*", image, true, true},
        {"**", image, true, true},
        {"nginx", image, false, true},
        {"nginx*", image, false, true},
        {"docker.io/**", image, false, true},
        {"library/nginx*", image, false, true},
        {"me/app*", image, false, false},
    });
  }
  for (const std::string_view image : {"me/app", "docker.io/me/app:v1"}) {
    Check({
        {"index.docker.io/**", image, true, true},
        {"*/*", image, true, true},
        {"**", image, true, true},
        {"me/app*", image, false, true},
        {"docker.io/**", image, false, true},
        {"*", image, false, false},
        {"nginx*", image, false, false},
    });
  }
}

TEST(ImageGlobConformance, D13CaseAndThePortOfHttpsDoNotHideARegistry) {
  Check({
      {"ghcr.io/**", "GHCR.io/a/b", false, true},
      {"ghcr.io/**", "ghcr.io:443/a/b", false, true},
      {"ghcr.io/**", "ghcr.io:8443/a/b", false, false},
  });
}

TEST(ImageGlobConformance, D14AGlobMaySelectByAnotherSpelling) {
  Check({
      {"*/*/*", "registry-1.docker.io/library/nginx", true, true},
      {"docker.*/*", "nginx", false, true},
      {"*.io/**", "GHCR.IO/a", false, true},
      {"index.docker.io/**", "registry-1.docker.io/library/nginx", false, true},
  });
}

TEST(ImageGlobConformance, D15PathsThatClientsCleanAreRefused) {
  // Theirs: matched by ghcr.io/a/**, and clients fetch ghcr.io/evil/bb.
  for (const std::string_view image :
       {"ghcr.io/a/../evil/bb", "ghcr.io/a/./bb", "ghcr.io//bb", "ghcr.io/bb/", "/ghcr.io/bb"}) {
    EXPECT_THAT(oci::ImageReference::Parse(image), Not(IsOk())) << image;
  }
}

TEST(ImageGlobConformance, D16RepositoriesOfOneLetterAreTaken) {
  Check({{"r.example/**", "r.example/a", false, true}});
}

TEST(ImageGlobConformance, D17ABareLocalhostIsBoth) {
  Check({
      {"index.docker.io/**", "localhost/xy", true, true},
      {"*/*", "localhost/xy", true, true},
      {"**", "localhost/xy", true, true},
      {"localhost/**", "localhost/xy", false, true},
      {"*", "localhost/xy", false, false},
  });
  EXPECT_EQ(oci::ImageReference::Parse("localhost/xy")->repository().registry, "localhost");
}

TEST(ImageGlobConformance, D18AHostThatIsCrossedIsSelectedAndNotCovered) {
  constexpr std::string_view kEvil = "attacker.io/xx.trusted.example/org/app";
  Check({
      {"**.trusted.example/**", kEvil, true, true},
      {"*.trusted.example/**", kEvil, false, false},
  });
  EXPECT_FALSE(Covers("**.trusted.example/**", kEvil));
  EXPECT_TRUE(Covers("**.trusted.example/**", "a.trusted.example/org/app"));
  EXPECT_TRUE(Covers("**", kEvil));
}

TEST(ImageGlobConformance, D31ATagBesideADigestIsOnlyAClaim) {
  const std::string image = "r.example/app:v1@" + kDigest;
  EXPECT_TRUE(SelectsByClaimAlone("r.example/app:v1", image));
  EXPECT_TRUE(SelectsByClaimAlone("r.example/app:v*@**", image));
  EXPECT_FALSE(SelectsByClaimAlone("r.example/app", image));
  EXPECT_FALSE(SelectsByClaimAlone("r.example/app@**", image));
  EXPECT_FALSE(SelectsByClaimAlone("r.example/**", image));
  // A tag alone is what is looked up.
  EXPECT_FALSE(SelectsByClaimAlone("r.example/app:v1", "r.example/app:v1"));
}

}  // namespace
}  // namespace countersign::policy

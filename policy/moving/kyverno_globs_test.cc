#include "policy/moving/kyverno_globs.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/image_glob.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kOurs = Target::kCountersign;
constexpr auto kTheirs = Target::kPolicyController;

// Whether they select the name, as the Policy Controller has it where it ends in @d.
bool Select(const KyvernoGlobs& globs, std::string_view name) {
  return std::any_of(globs.globs.begin(), globs.globs.end(), [name](const std::string& glob) {
    return ImageGlob::Parse(glob)->Matches(name);
  });
}

TEST(KyvernoGlobs, AStarCrossesSlashesInTheHostToo) {
  EXPECT_THAT(GlobsOfKyverno("*.example/a/*", kOurs).globs, ElementsAre("**.example/a/**"));
  EXPECT_THAT(GlobsOfKyverno("*", kOurs).globs, ElementsAre("**"));
  EXPECT_THAT(GlobsOfKyverno("*.example/a/*", kOurs).wider, IsEmpty());
}

TEST(KyvernoGlobs, WhatNoGlobSaysIsAStar) {
  const KyvernoGlobs made = GlobsOfKyverno("ghcr.io/shop/app-?:*", kOurs);
  EXPECT_THAT(made.globs, ElementsAre("ghcr.io/shop/app-**:**"));
  EXPECT_THAT(made.wider, HasSubstr("selects more"));
  EXPECT_THAT(GlobsOfKyverno("ghcr.io/{{ a.b }}/x*", kOurs).globs, ElementsAre("ghcr.io/**/x**"));
  EXPECT_THAT(GlobsOfKyverno("{{ a", kOurs).globs, ElementsAre("**"));
  EXPECT_THAT(GlobsOfKyverno("", kOurs).globs, ElementsAre("**"));
  EXPECT_THAT(GlobsOfKyverno(std::string(5000, 'a'), kTheirs).globs, ElementsAre("**"));
}

TEST(KyvernoGlobs, ThePolicyControllerSeesDigestsOnly) {
  EXPECT_THAT(GlobsOfKyverno("ghcr.io/fluxcd/source-controller:*", kTheirs).globs,
              ElementsAre("ghcr.io/fluxcd/source-controller@**"));
  const KyvernoGlobs tagged = GlobsOfKyverno("ghcr.io/a:v1*", kTheirs);
  EXPECT_THAT(tagged.globs, ElementsAre("ghcr.io/a@**"));
  EXPECT_THAT(tagged.wider, HasSubstr("every tag"));
  EXPECT_THAT(GlobsOfKyverno("ghcr.io/shop/*", kTheirs).globs, ElementsAre("ghcr.io/shop/**"));
  EXPECT_THAT(GlobsOfKyverno("ghcr.io/a@sha256:*", kTheirs).globs,
              ElementsAre("ghcr.io/a@sha256:**"));
  EXPECT_TRUE(Select(GlobsOfKyverno("*:latest", kTheirs), "ghcr.io/a/b@d"));
  EXPECT_TRUE(Select(GlobsOfKyverno("ghcr.io/a", kTheirs), "ghcr.io/a@d"));
}

TEST(KyvernoGlobs, AStarMayReachIntoTheTag) {
  // ghcr.io/a/web:1-prod is one of its images.
  EXPECT_TRUE(Select(GlobsOfKyverno("ghcr.io/a/*-prod", kTheirs), "ghcr.io/a/web@d"));
  EXPECT_TRUE(Select(GlobsOfKyverno("registry.example:*", kTheirs), "registry.example:5000/a@d"));
  // A tag has no slash.
  EXPECT_FALSE(Select(GlobsOfKyverno("ghcr.io/*/web", kTheirs), "ghcr.io/a/other@d"));
}

TEST(KyvernoGlobs, ThePolicyControllersNamesForDockerHub) {
  for (const std::string_view pattern :
       {"docker.io/nginx:*", "docker.io/ng*", "docker.io/*", "docker.io/library/nginx:1",
        "docker*nginx*", "*/nginx:*"}) {
    EXPECT_TRUE(Select(GlobsOfKyverno(pattern, kTheirs), "index.docker.io/library/nginx@d"))
        << pattern;
  }
  EXPECT_TRUE(Select(GlobsOfKyverno("docker.io/me/*", kTheirs), "index.docker.io/me/app@d"));
  EXPECT_TRUE(
      Select(GlobsOfKyverno("localhost/me/*", kTheirs), "index.docker.io/localhost/me/a@d"));
  EXPECT_TRUE(Select(GlobsOfKyverno("local*", kTheirs), "index.docker.io/localhost/me/a@d"));
}

}  // namespace
}  // namespace countersign::policy

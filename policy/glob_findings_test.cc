#include "policy/glob_findings.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Find(std::string_view glob) {
  return FindGlobOddities(*ImageGlob::Parse(glob));
}

TEST(GlobFindings, NothingIsOddAboutWhatMatchesInBothAndStaysWithinItsHost) {
  for (const std::string_view glob :
       {"**", "ghcr.io/**", "ghcr.io/a/b*", "ghcr.io/a/b@*", "ghcr.io/a/b@sha256:*", "*/**",
        "*.corp.example/**", "r.example:*/**", "r.example:5000/*/*", "index.docker.io/library/*",
        "index.docker.io/me/**", "**demo**", "**/app@**", "index.docker.io/**", "*:5005/**",
        "127.0.0.1:5005/**/*"}) {
    EXPECT_THAT(Find(glob), IsEmpty()) << glob;
  }
}

// The globs of which a cluster showed that they match nothing there.
TEST(GlobFindings, ATagOrNoDigestNeverMatchesInThePolicyController) {
  for (const std::string_view glob :
       {"127.0.0.1:5005/app/img0", "127.0.0.1:5005/app/img0:v1", "127.0.0.1:5005/app/img0:*",
        "127.0.0.1:5005/app/img0:**", "127.0.0.1:5005/app/img0:v1@*"}) {
    EXPECT_THAT(Find(glob), ElementsAre(AllOf(HasSubstr("never matches in the Policy Controller"),
                                              HasSubstr("write \"127.0.0.1:5005/app/img0@**\""))))
        << glob;
  }
  EXPECT_THAT(Find("r.io/a@sha256:00"), ElementsAre(HasSubstr("with a digest")));
  EXPECT_THAT(Find("r.io/a@sha256:" + std::string(64, '0')), IsEmpty());
  EXPECT_THAT(Find("r.io/*:v1"), ElementsAre(HasSubstr("write \"r.io/*\"")));
}

TEST(GlobFindings, SpellingsOfDockerHubThatDoNotMatchInThePolicyController) {
  EXPECT_THAT(Find("docker.io/**"), ElementsAre(HasSubstr("write \"index.docker.io/**\"")));
  EXPECT_THAT(Find("docker.io/nginx"),
              ElementsAre(HasSubstr("write \"index.docker.io/library/nginx@**\"")));
  EXPECT_THAT(Find("index.docker.io/nginx*"),
              ElementsAre(HasSubstr("write \"index.docker.io/library/nginx*\"")));
  EXPECT_THAT(Find("nginx"), ElementsAre(HasSubstr("write \"index.docker.io/library/nginx@**\"")));
  EXPECT_THAT(Find("nginx:1"),
              ElementsAre(HasSubstr("write \"index.docker.io/library/nginx@**\"")));
  EXPECT_THAT(Find("me/app*"), ElementsAre(HasSubstr("write \"index.docker.io/me/app*\"")));
  EXPECT_THAT(Find("library/nginx*"),
              ElementsAre(HasSubstr("write \"index.docker.io/library/nginx*\"")));
}

TEST(GlobFindings, AHostThatIsCrossed) {
  EXPECT_THAT(Find("**.trusted.example/**"),
              ElementsAre(AllOf(HasSubstr("selects images of other registries"),
                                HasSubstr("write \"*.trusted.example/**\""))));
  EXPECT_THAT(Find("**:5000/**"), ElementsAre(HasSubstr("write \"*:5000/**\"")));
}

TEST(GlobFindings, AHostThatIsNotAnchored) {
  EXPECT_THAT(Find("ghcr.io**"), ElementsAre(AllOf(HasSubstr("\"ghcr.io.evil.example\""),
                                                   HasSubstr("as in \"ghcr.io/**\""))));
  EXPECT_THAT(Find("ghcr.io*/**"), ElementsAre(HasSubstr("begins with \"ghcr.io\"")));
  EXPECT_THAT(Find("127.0.0.*/**"), ElementsAre(HasSubstr("begins with \"127.0.0.\"")));
}

TEST(GlobFindings, AHostInASpellingThatIsNotCompared) {
  EXPECT_THAT(Find("GHCR.io/**"), ElementsAre(HasSubstr("write \"ghcr.io/**\"")));
  EXPECT_THAT(Find("ghcr.io:443/**"), ElementsAre(HasSubstr("write \"ghcr.io/**\"")));
  EXPECT_THAT(Find("registry-1.docker.io/**"),
              ElementsAre(HasSubstr("write \"index.docker.io/**\"")));
}

TEST(GlobFindings, ALocalhostIsReadInTwoWays) {
  EXPECT_THAT(Find("localhost/**"),
              ElementsAre(HasSubstr("write \"index.docker.io/localhost/**\"")));
  EXPECT_THAT(Find("localhost:5000/**"), IsEmpty());
}

TEST(GlobFindings, TheTwoShortestGlobsStandForDockerHub) {
  EXPECT_THAT(Find("*"), ElementsAre(HasSubstr("index.docker.io/library/*")));
  EXPECT_THAT(Find("*/*"), ElementsAre(HasSubstr("index.docker.io/*/*")));
}

TEST(GlobFindings, LongGlobsAreCutInSentences) {
  for (const std::string& sentence : Find("r.io**" + std::string(4000, 'a'))) {
    EXPECT_LT(sentence.size(), 1'000u);
  }
}

}  // namespace
}  // namespace countersign::policy

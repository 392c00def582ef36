#include "policy/sigstore/check_identity.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kAnywhere = "matches every subject that has this anywhere in it";
constexpr std::string_view kDot = "a dot stands for any character";

std::vector<std::string> Warnings(const IdentitySpec& identity) {
  std::vector<Finding> findings;
  CheckIdentity(identity, "/i/0", findings);
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    EXPECT_FALSE(finding.refuses);
    lines.push_back(finding.pointer + ": " + finding.reason);
  }
  return lines;
}

std::vector<std::string> OfSubject(std::string_view regexp) {
  std::vector<std::string> lines = Warnings({.subject_regexp = std::string(regexp)});
  for (std::string& line : lines) {
    EXPECT_THAT(line, StartsWith("/i/0/subjectRegExp: "));
    line.erase(0, std::string("/i/0/subjectRegExp: ").size());
  }
  return lines;
}

TEST(CheckIdentity, SaysNothingOfAnchoredExpressionsWithEscapedDots) {
  for (std::string_view good : {"", "^https://github\\.com/org/.*$", "(?i)^a[.]b$", "\\Aa\\z",
                                "^(?:a|b)$", "^a.?b.{2}$", "^[]|.$]$", "^a\\\\$", "^a$|^b$",
                                "(^https://a\\.b/c$)", "^\\Qa.b\\E$", "^[[:alpha:].]+$"}) {
    EXPECT_THAT(OfSubject(good), IsEmpty()) << good;
  }
}

TEST(CheckIdentity, WarnsOfExpressionsWithoutAnchors) {
  for (std::string_view bad : {"a", "^a", "a$", "^a\\$", "^[a$", "(?i)a", "^a\\\\z", ".*a.*"}) {
    EXPECT_THAT(OfSubject(bad), ElementsAre(StartsWith(std::string(kAnywhere)))) << bad;
  }
}

TEST(CheckIdentity, WarnsOfAnchorsThatAreForOneAlternativeAlone) {
  EXPECT_THAT(OfSubject("^a|b$"), ElementsAre(HasSubstr("for the first alternative alone")));
}

TEST(CheckIdentity, WarnsOfDotsThatAreNone) {
  EXPECT_THAT(OfSubject("^https://github.com/a$"), ElementsAre(StartsWith(std::string(kDot))));
  EXPECT_THAT(OfSubject("github.com"),
              ElementsAre(StartsWith(std::string(kAnywhere)), StartsWith(std::string(kDot))));
}

TEST(CheckIdentity, WarnsOfExpressionsForEverything) {
  for (std::string_view all : {".*", ".+", "^.*$", "^(.*)$", "(?s).*", ".*.*", ".*?"}) {
    EXPECT_THAT(OfSubject(all), ElementsAre("matches every subject")) << all;
  }
}

TEST(CheckIdentity, WarnsOfStarsInExactTexts) {
  EXPECT_THAT(
      Warnings({.issuer = "https://*.example", .subject = "*"}),
      ElementsAre("/i/0/issuer: is compared as it is written, and a star means a star: write "
                  "issuerRegExp for more than one",
                  StartsWith("/i/0/subject: is compared")));
  EXPECT_THAT(Warnings({.issuer = "https://a.example", .subject = "b@c.example"}), IsEmpty());
}

TEST(CheckIdentity, NamesTheIssuerWhereItIsMeant) {
  EXPECT_THAT(Warnings({.issuer_regexp = ".*"}),
              ElementsAre("/i/0/issuerRegExp: matches every issuer"));
}

}  // namespace
}  // namespace countersign::policy

#include "registry/auth_challenge.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::ElementsAre;
using testing::IsEmpty;
using Params = std::vector<std::pair<std::string, std::string>>;

AuthChallenge Challenge(std::string scheme, Params params, std::string token68 = "") {
  return {std::move(scheme), std::move(token68), std::move(params)};
}

TEST(ParseAuthChallenges, ReadsWhatRegistriesSend) {
  EXPECT_THAT(ParseAuthChallenges(R"(Basic realm="Registry Realm")"),
              IsOkAndHolds(ElementsAre(Challenge("basic", {{"realm", "Registry Realm"}}))));
  EXPECT_THAT(
      ParseAuthChallenges(R"(Bearer realm="https://auth.docker.io/token",)"
                          R"(service="registry.docker.io",scope="repository:a/b:pull,push")"),
      IsOkAndHolds(ElementsAre(Challenge("bearer", {{"realm", "https://auth.docker.io/token"},
                                                    {"service", "registry.docker.io"},
                                                    {"scope", "repository:a/b:pull,push"}}))));
}

TEST(ParseAuthChallenges, NamesAreCaseInsensitiveAndValuesAreNot) {
  EXPECT_THAT(ParseAuthChallenges(R"(BEARER Realm="A",SERVICE=B)"),
              IsOkAndHolds(ElementsAre(Challenge("bearer", {{"realm", "A"}, {"service", "B"}}))));
}

TEST(ParseAuthChallenges, SeveralMayStandInOneField) {
  EXPECT_THAT(
      ParseAuthChallenges(
          R"(Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple")"),
      IsOkAndHolds(ElementsAre(
          Challenge("newauth", {{"realm", "apps"}, {"type", "1"}, {"title", "Login to \"apps\""}}),
          Challenge("basic", {{"realm", "simple"}}))));
  EXPECT_THAT(
      ParseAuthChallenges("Negotiate, Basic realm=x,NTLM"),
      IsOkAndHolds(ElementsAre(Challenge("negotiate", {}), Challenge("basic", {{"realm", "x"}}),
                               Challenge("ntlm", {}))));
}

TEST(ParseAuthChallenges, Token68StandsInsteadOfParameters) {
  EXPECT_THAT(ParseAuthChallenges("Negotiate a1-._~+/==, Basic realm=x"),
              IsOkAndHolds(ElementsAre(Challenge("negotiate", {}, "a1-._~+/=="),
                                       Challenge("basic", {{"realm", "x"}}))));
  EXPECT_THAT(ParseAuthChallenges("Negotiate abc"),
              IsOkAndHolds(ElementsAre(Challenge("negotiate", {}, "abc"))));
}

TEST(ParseAuthChallenges, SpaceAndEmptyElementsDoNotMatter) {
  EXPECT_THAT(ParseAuthChallenges(" , ,Bearer  realm = \"x\" \t,, service\t=\ty , "),
              IsOkAndHolds(ElementsAre(Challenge("bearer", {{"realm", "x"}, {"service", "y"}}))));
  EXPECT_THAT(ParseAuthChallenges("Basic "), IsOkAndHolds(ElementsAre(Challenge("basic", {}))));
  EXPECT_THAT(ParseAuthChallenges(""), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ParseAuthChallenges(", ,\t"), IsOkAndHolds(IsEmpty()));
}

TEST(ParseAuthChallenges, QuotedStringsHoldAnythingPrintable) {
  EXPECT_THAT(ParseAuthChallenges("A b=\"\", c=\"x, y=\\\"z\\\\\", d=\"\xc3\xa9\""),
              IsOkAndHolds(ElementsAre(
                  Challenge("a", {{"b", ""}, {"c", "x, y=\"z\\"}, {"d", "\xc3\xa9"}}))));
}

TEST(ParseAuthChallenges, AChallengeOfEndlessParametersIsRefused) {
  std::string text = "Bearer p=x";
  for (int i = 0; i < 31; ++i) text += ",p" + std::to_string(i) + "=x";
  EXPECT_THAT(ParseAuthChallenges(text), base::IsOk());
  EXPECT_THAT(ParseAuthChallenges(text + ",q=x"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ParseAuthChallenges, SaysWhatIsMalformedAndWhere) {
  const struct {
    std::string_view text;
    std::string_view words;
  } kCases[] = {
      {"=", "byte 0: expected an authentication scheme"},
      {"\"Basic\"", "byte 0: expected an authentication scheme"},
      {"Basic realm=\"x", "byte 14: a quoted string does not end"},
      {"Basic realm=\"x\\", "byte 15: a quoted string is malformed"},
      {"Basic realm=\"x\ny\"", "byte 14: a quoted string is malformed"},
      {"Basic realm=x, y=,", "byte 17: expected a parameter's value"},
      {"Basic realm=\"x\" y", "byte 16: expected a comma"},
      {"Bearer realm=\"x\",realm=\"y\"", "byte 26: a parameter occurs twice"},
      {"Bearer realm=https://x", "byte 18: expected a comma"},
      {"Basic @", "byte 6: expected a comma"},
  };
  for (const auto& [text, words] : kCases) {
    EXPECT_THAT(ParseAuthChallenges(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "the authentication challenge is malformed at " + std::string(words)))
        << text;
  }
}

}  // namespace
}  // namespace countersign::registry

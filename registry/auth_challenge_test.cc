#include "registry/auth_challenge.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Params = std::vector<std::pair<std::string, std::string>>;

AuthChallenge Challenge(std::string scheme, Params params, std::string token68 = "") {
  return {std::move(scheme), std::move(token68), std::move(params)};
}

TEST(ParseAuthChallenges, ReadsWhatRegistriesSend) {
  EXPECT_THAT(ParseAuthChallenges(R"(Basic realm="Registry Realm")"),
              ElementsAre(Challenge("basic", {{"realm", "Registry Realm"}})));
  EXPECT_THAT(
      ParseAuthChallenges(R"(Bearer realm="https://auth.docker.io/token",)"
                          R"(service="registry.docker.io",scope="repository:a/b:pull,push")"),
      ElementsAre(Challenge("bearer", {{"realm", "https://auth.docker.io/token"},
                                       {"service", "registry.docker.io"},
                                       {"scope", "repository:a/b:pull,push"}})));
}

TEST(ParseAuthChallenges, NamesAreCaseInsensitiveAndValuesAreNot) {
  EXPECT_THAT(ParseAuthChallenges(R"(BEARER Realm="A",SERVICE=B)"),
              ElementsAre(Challenge("bearer", {{"realm", "A"}, {"service", "B"}})));
}

TEST(ParseAuthChallenges, SeveralMayStandInOneField) {
  EXPECT_THAT(
      ParseAuthChallenges(
          R"(Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple")"),
      ElementsAre(
          Challenge("newauth", {{"realm", "apps"}, {"type", "1"}, {"title", "Login to \"apps\""}}),
          Challenge("basic", {{"realm", "simple"}})));
  EXPECT_THAT(ParseAuthChallenges("Negotiate, Basic realm=x,NTLM"),
              ElementsAre(Challenge("negotiate", {}), Challenge("basic", {{"realm", "x"}}),
                          Challenge("ntlm", {})));
}

TEST(ParseAuthChallenges, Token68StandsInsteadOfParameters) {
  EXPECT_THAT(
      ParseAuthChallenges("Negotiate a1-._~+/==, Basic realm=x"),
      ElementsAre(Challenge("negotiate", {}, "a1-._~+/=="), Challenge("basic", {{"realm", "x"}})));
  EXPECT_THAT(ParseAuthChallenges("Negotiate abc"), ElementsAre(Challenge("negotiate", {}, "abc")));
}

TEST(ParseAuthChallenges, SpaceAndEmptyElementsDoNotMatter) {
  EXPECT_THAT(ParseAuthChallenges(" , ,Bearer  realm = \"x\" \t,, service\t=\ty , "),
              ElementsAre(Challenge("bearer", {{"realm", "x"}, {"service", "y"}})));
  EXPECT_THAT(ParseAuthChallenges("Basic "), ElementsAre(Challenge("basic", {})));
  EXPECT_THAT(ParseAuthChallenges(""), IsEmpty());
  EXPECT_THAT(ParseAuthChallenges(", ,\t"), IsEmpty());
}

TEST(ParseAuthChallenges, QuotedStringsHoldAnythingPrintable) {
  EXPECT_THAT(ParseAuthChallenges("A b=\"\", c=\"x, y=\\\"z\\\\\", d=\"\xc3\xa9\""),
              ElementsAre(Challenge("a", {{"b", ""}, {"c", "x, y=\"z\\"}, {"d", "\xc3\xa9"}})));
}

TEST(ParseAuthChallenges, WhatIsEndlessIsCut) {
  std::string text = "Bearer p=x";
  for (int i = 0; i < 100; ++i) text += ",p" + std::to_string(i) + "=x";
  ASSERT_THAT(ParseAuthChallenges(text), SizeIs(1));
  EXPECT_THAT(ParseAuthChallenges(text)[0].params, SizeIs(32));
  text.clear();
  for (int i = 0; i < 100; ++i) text += "a" + std::to_string(i) + ",";
  EXPECT_THAT(ParseAuthChallenges(text), SizeIs(32));
}

TEST(ParseAuthChallenges, ReadsWhatIsWrittenWrongly) {
  EXPECT_THAT(ParseAuthChallenges("Basic realm=/"),
              ElementsAre(Challenge("basic", {{"realm", "/"}})));
  EXPECT_THAT(ParseAuthChallenges("Basic realm=Some Realm , charset=UTF-8"),
              ElementsAre(Challenge("basic", {{"realm", "Some Realm"}, {"charset", "UTF-8"}})));
  EXPECT_THAT(ParseAuthChallenges(R"(Basic realm="x", charset="UTF-8", charset="UTF-8")"),
              ElementsAre(Challenge("basic", {{"realm", "x"}, {"charset", "UTF-8"}})));
  EXPECT_THAT(ParseAuthChallenges("Bearer realm=https://x/token,service=a b,realm=y"),
              ElementsAre(Challenge("bearer", {{"realm", "https://x/token"}, {"service", "a b"}})));
  EXPECT_THAT(ParseAuthChallenges("Basic realm=Some Realm, Bearer realm=\"x\""),
              ElementsAre(Challenge("basic", {{"realm", "Some Realm"}}),
                          Challenge("bearer", {{"realm", "x"}})));
  EXPECT_THAT(ParseAuthChallenges("Basic realm=\"x"),
              ElementsAre(Challenge("basic", {{"realm", "x"}})));
  EXPECT_THAT(ParseAuthChallenges("Basic realm=\"x\\"),
              ElementsAre(Challenge("basic", {{"realm", "x\\"}})));
  EXPECT_THAT(ParseAuthChallenges("Basic realm=\"x\" y, z=1"),
              ElementsAre(Challenge("basic", {{"realm", "x"}, {"z", "1"}})));
  EXPECT_THAT(ParseAuthChallenges("Basic realm=x, y=,"),
              ElementsAre(Challenge("basic", {{"realm", "x"}, {"y", ""}})));
  EXPECT_THAT(ParseAuthChallenges("Basic @"), ElementsAre(Challenge("basic", {})));
}

TEST(ParseAuthChallenges, PassesOverWhatIsNone) {
  EXPECT_THAT(ParseAuthChallenges("="), IsEmpty());
  EXPECT_THAT(ParseAuthChallenges("\"Basic\""), IsEmpty());
  EXPECT_THAT(ParseAuthChallenges("realm=\"a, b\", Basic realm=x"),
              ElementsAre(Challenge("basic", {{"realm", "x"}})));
  EXPECT_THAT(ParseAuthChallenges("@, Basic realm=x"),
              ElementsAre(Challenge("basic", {{"realm", "x"}})));
}

}  // namespace
}  // namespace countersign::registry

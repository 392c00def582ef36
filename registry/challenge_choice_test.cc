#include "registry/challenge_choice.h"

#include <string>

#include "gtest/gtest.h"
#include "http/client/client.h"

namespace countersign::registry {
namespace {

http::ClientResponse Answer(std::initializer_list<const char*> challenges) {
  http::ClientResponse response;
  response.status = 401;
  for (const char* challenge : challenges) {
    response.headers.emplace_back("www-authenticate", challenge);
  }
  return response;
}

TEST(ChooseChallenge, BearerGoesBeforeBasic) {
  const auto wanted = ChooseChallenge(
      Answer({"broken=\"", "Negotiate, Basic realm=x",
              "BEARER Realm=\"https://auth.example/\",service=s,scope=\"a b\",other=1"}));
  ASSERT_TRUE(wanted.has_value());
  EXPECT_EQ(wanted->scheme, ChosenChallenge::Scheme::kBearer);
  EXPECT_EQ(wanted->realm, "https://auth.example/");
  EXPECT_EQ(wanted->service, "s");
  EXPECT_EQ(wanted->scope, "a b");
  EXPECT_GT(wanted->bytes(), 20);
}

TEST(ChooseChallenge, BasicIsBasicWhateverFollows) {
  for (const char* challenge : {"Basic", "basic realm=/", "Basic realm=Some Realm", "Basic @",
                                "Basic realm=x, charset=UTF-8, realm=y", "Basic abc=="}) {
    const auto wanted = ChooseChallenge(Answer({"Digest nonce=y", challenge}));
    ASSERT_TRUE(wanted.has_value()) << challenge;
    EXPECT_EQ(wanted->scheme, ChosenChallenge::Scheme::kBasic);
  }
}

TEST(ChooseChallenge, WhatIsNotKnownIsNamed) {
  EXPECT_EQ(ChooseChallenge(Answer({})), std::nullopt);
  EXPECT_EQ(DescribeUnknownChallenge(Answer({})), "");
  for (const char* challenge : {"Digest realm=x, nonce=y", "Bearer service=x", "\"", ""}) {
    EXPECT_EQ(ChooseChallenge(Answer({challenge})), std::nullopt) << challenge;
  }
  EXPECT_EQ(DescribeUnknownChallenge(Answer({"Digest realm=x, nonce=y"})),
            "\"digest\" authentication");
  EXPECT_EQ(DescribeUnknownChallenge(Answer({"Bearer service=x"})),
            "Bearer authentication, but names no token service");
  EXPECT_EQ(DescribeUnknownChallenge(Answer({"\""})),
            "a kind of authentication that cannot be read");
}

}  // namespace
}  // namespace countersign::registry

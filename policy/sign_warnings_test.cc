#include "policy/sign_warnings.h"

#include <string>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::countersign::base::Json;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string GoodPem() { return crypto::TestKey::Generate().PublicPem(); }

TEST(Validate, FindsNothingInAGoodPolicy) {
  const Validation validation =
      Validate(TestPolicy()
                   .Key("release", GoodPem())
                   .Rule("registry.example.org/*", {"release"}, SecretReference{"shop", "regcred"})
                   .ExcludeNamespace("kube-system")
                   .Object());
  EXPECT_THAT(validation.problems, IsEmpty());
  EXPECT_THAT(validation.warnings, IsEmpty());
}

TEST(Validate, FindsWhatIsWrongInThePartsAndInTheWhole) {
  Json object = TestPolicy().Key("a", "no PEM").Rule("Nginx", {"b"}).Object();
  object["metadata"]["name"] = "second";
  object["apiVersion"] = "v1";
  object["spec"]["verification"]["exclude"] = "kube-system";
  const auto at = [](const char* path) { return Field(&Problem::path, path); };
  EXPECT_THAT(Validate(object).problems, ElementsAre(at("/apiVersion"), at("/metadata/name"),
                                                     at("/spec/verification/keys/0/publicKey"),
                                                     at("/spec/verification/images/0/namePattern"),
                                                     at("/spec/verification/images/0/keys/0/name"),
                                                     at("/spec/verification/exclude")));
}

TEST(Validate, MessagesDoNotRepeatThePath) {
  Json object = TestPolicy().Object();
  object["metadata"]["name"] = "second";
  object["spec"]["verification"]["keys"] = 7;
  const Validation validation = Validate(object);
  EXPECT_THAT(validation.problems,
              ElementsAre(Field(&Problem::message,
                                "must be \"image-policy\", is \"second\": there is one policy, "
                                "which has this name, and no second"),
                          Field(&Problem::message, "must be an array, is a number")));
}

TEST(Validate, WhatIsNoObjectHasOneProblemAtItsRoot) {
  for (const Json& object : {Json(), Json(7), Json::array()}) {
    EXPECT_THAT(Validate(object).problems, ElementsAre(Field(&Problem::path, "")));
  }
}

TEST(Validate, WarnsOfAKeyThatNoPatternNames) {
  const Validation validation =
      Validate(TestPolicy().Key("a", GoodPem()).Key("b", GoodPem()).Rule("*", {"b"}).Object());
  EXPECT_THAT(validation.problems, IsEmpty());
  EXPECT_THAT(validation.warnings, ElementsAre("The key \"a\" is named by no pattern."));
}

TEST(Validate, WarnsOfAPolicyWithoutPatterns) {
  EXPECT_THAT(Validate(TestPolicy().Object()).warnings,
              ElementsAre(HasSubstr("has no name patterns")));
}

TEST(Validate, WarnsOfAPatternThatReadsLikeARegistry) {
  for (const std::string pattern :
       {"registry.example.org", "*.example.org", "localhost:5000", "registry.example.org:5000"}) {
    EXPECT_THAT(Validate(TestPolicy().Key("a", GoodPem()).Rule(pattern, {"a"}).Object()).warnings,
                ElementsAre(HasSubstr("is the name of an image of Docker Hub")))
        << pattern;
  }
  for (const std::string pattern : {"nginx", "nginx:1.2", "*", "*:1.2", "me/app.x",
                                    "registry.example.org/*", "nginx@sha256:*"}) {
    EXPECT_THAT(Validate(TestPolicy().Key("a", GoodPem()).Rule(pattern, {"a"}).Object()).warnings,
                IsEmpty())
        << pattern;
  }
}

}  // namespace
}  // namespace countersign::policy

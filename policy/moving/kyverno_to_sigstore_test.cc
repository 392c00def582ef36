#include "policy/moving/kyverno_to_sigstore.h"

#include <string>
#include <string_view>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr std::string_view kPem = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";

Json Keys(int count) {
  std::string keys;
  for (int i = 0; i < count; ++i) keys += kPem;
  return {{"keys", {{"publicKeys", keys}, {"rekor", {{"ignoreTlog", true}}}}}};
}

Json ClusterPolicy(Json images) {
  return {{"apiVersion", "kyverno.io/v1"},
          {"kind", "ClusterPolicy"},
          {"metadata", {{"name", "check"}}},
          {"spec",
           {{"validationFailureAction", "Enforce"},
            {"rules", {{{"name", "r"}, {"verifyImages", Json::array({std::move(images)})}}}}}}};
}

Translation Move(const Json& object) { return KyvernoToSigstore({object}); }

auto Says(const char* text) { return Contains(Field(&Divergence::sentence, HasSubstr(text))); }

TEST(KyvernoToSigstore, AllEntriesOfASetMustHold) {
  const Translation made = Move(ClusterPolicy(
      {{"imageReferences", {"ghcr.io/a*"}},
       {"attestors", Json::array({{{"entries", Json::array({Keys(1), Keys(2)})}}})}}));
  ASSERT_EQ(made.objects.size(), 3u);
  EXPECT_EQ(made.objects[0]["spec"]["authorities"].size(), 3u);
  EXPECT_EQ(made.objects[0]["spec"]["mode"], "enforce");
  EXPECT_FALSE(made.objects[0]["spec"]["authorities"][0].contains("ctlog"));
  EXPECT_EQ(made.objects[1]["spec"]["threshold"], 3);
  EXPECT_TRUE(made.differences.empty());
}

TEST(KyvernoToSigstore, WhatCannotBeMovedIsListedAndIsNotMissed) {
  const Json certificate = {{"certificates", {{"cert", "x"}}}};
  const Translation made = Move(ClusterPolicy(
      {{"imageReferences", {"ghcr.io/a*"}},
       {"attestors", Json::array({{{"entries", Json::array({Keys(1), certificate})}}})}}));
  EXPECT_THAT(made.differences,
              Says("/spec/rules/0/verifyImages/0/attestors/0/entries/1/certificates"));
  // One of the two alone would admit more.
  EXPECT_TRUE(made.objects[0]["spec"]["authorities"][0].contains("static"));
}

TEST(KyvernoToSigstore, AQuestionMarkHasNoGlob) {
  const Translation made =
      Move(ClusterPolicy({{"imageReferences", {"ghcr.io/a?"}},
                          {"attestors", Json::array({{{"entries", Json::array({Keys(1)})}}})}}));
  EXPECT_THAT(made.differences, Says("/spec/rules/0/verifyImages/0/imageReferences/0"));
  EXPECT_EQ(made.objects.size(), 1u);
}

TEST(KyvernoToSigstore, AttestationsBecomePoliciesOfTheirOwn) {
  const Translation made = Move(ClusterPolicy(
      {{"imageReferences", {"*"}},
       {"attestations",
        Json::array({{{"type", "https://slsa.dev/provenance/v1"},
                      {"conditions", Json::array()},
                      {"attestors", Json::array({{{"entries", Json::array({Keys(1)})}}})}}})}}));
  EXPECT_EQ(made.objects[0]["spec"]["images"][0]["glob"], "**");
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["attestations"][0]["predicateType"],
            "https://slsa.dev/provenance/v1");
  EXPECT_THAT(made.differences, Says("/attestations/0/conditions"));
}

Json ValidatingPolicy(std::string_view expression) {
  return {
      {"apiVersion", "policies.kyverno.io/v1"},
      {"kind", "ImageValidatingPolicy"},
      {"metadata", {{"name", "check"}}},
      {"spec",
       {{"matchImageReferences", Json::array({{{"glob", "ghcr.io/a/*"}}})},
        {"attestors",
         Json::array({{{"name", "cosign"},
                       {"cosign",
                        {{"key", {{"data", kPem}}}, {"ctlog", {{"insecureIgnoreTlog", true}}}}}}})},
        {"validations", Json::array({{{"expression", expression}}})}}}};
}

TEST(KyvernoToSigstore, TheUsualExpressionAsksForOneOfItsAttestors) {
  const Translation made =
      Move(ValidatingPolicy("images.containers.map(image, verifyImageSignatures(image, "
                            "[attestors.cosign])).all(e, e > 0)"));
  EXPECT_TRUE(made.differences.empty());
  EXPECT_EQ(made.objects[0]["spec"]["images"][0]["glob"], "ghcr.io/a/**");
  EXPECT_EQ(made.objects[0]["spec"]["authorities"][0]["key"]["data"], kPem);
}

TEST(KyvernoToSigstore, OtherExpressionsDeny) {
  for (const char* expression : {"true",
                                 "images.containers.map(image, verifyImageSignatures(image, "
                                 "[attestors.cosign])).all(e, e > -1)",
                                 "images.containers.map(image, verifyImageSignatures(other, "
                                 "[attestors.cosign])).all(e, e > 0)"}) {
    const Translation made = Move(ValidatingPolicy(expression));
    EXPECT_THAT(made.differences, Says("/spec/validations/0/expression")) << expression;
    EXPECT_TRUE(made.objects[0]["spec"]["authorities"][0].contains("static")) << expression;
  }
}

TEST(KyvernoToSigstore, MalformedObjectsAreListed) {
  for (const Json& object :
       {Json(1), Json::object(), Json({{"kind", "ClusterPolicy"}}),
        Json({{"kind", "ImageValidatingPolicy"}, {"spec", {{"attestors", 1}}}}), ClusterPolicy(1),
        ClusterPolicy({{"attestors", Json::array({1})}})}) {
    EXPECT_EQ(Move(object).exactness, Exactness::kInexact);
  }
}

}  // namespace
}  // namespace countersign::policy

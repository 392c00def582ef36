#include "policy/compiled.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::countersign::base::Json;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Named(const std::string& name) {
  Json object = TestPolicy()
                    .Key("a", crypto::TestKey::Generate().PublicPem())
                    .Rule("r.io/*", {"a"})
                    .Rule("*", {"a"})
                    .Object();
  object["metadata"]["name"] = name;
  return object;
}

Compiled Compile(const std::vector<Json>& objects) {
  PolicyObjects policies;
  for (const Json& object : objects) policies.sign.push_back(&object);
  return CompilePolicies(policies);
}

auto At(const char* pointer) { return Field(&Problem::pointer, pointer); }

TEST(Compiled, OfNoObjectsNothingIsInForce) {
  const Compiled compiled = Compile({});
  EXPECT_THAT(compiled.sign, IsEmpty());
  ASSERT_NE(compiled.policies, nullptr);
  EXPECT_TRUE(compiled.policies->IsNone());
}

TEST(Compiled, AGoodPolicyIsInForceAsAWhole) {
  const Compiled compiled = Compile({Named("image-policy")});
  ASSERT_THAT(compiled.sign, SizeIs(1));
  EXPECT_EQ(compiled.sign[0].acceptance, Acceptance::kWhole);
  EXPECT_THAT(compiled.sign[0].problems, IsEmpty());
  EXPECT_EQ(compiled.sign[0].keys, 1u);
  EXPECT_EQ(compiled.sign[0].patterns, 2u);
  ASSERT_NE(compiled.policies, nullptr);
  EXPECT_THAT(compiled.policies->groups(), SizeIs(1));
  EXPECT_THAT(compiled.policies->all(), SizeIs(2));
}

TEST(Compiled, WhatIsBrokenInAPartLeavesTheRestInForceAndIsCounted) {
  const Json object = TestPolicy().Key("a", "no PEM").Rule("a b", {"a"}).Rule("*", {"a"}).Object();
  const Compiled compiled = Compile({object});
  EXPECT_EQ(compiled.sign[0].acceptance, Acceptance::kPartly);
  EXPECT_THAT(compiled.sign[0].problems,
              ElementsAre(At("/spec/verification/keys/0/publicKey"),
                          At("/spec/verification/images/0/namePattern")));
  EXPECT_EQ(compiled.sign[0].keys, 1u);
  EXPECT_EQ(compiled.sign[0].patterns, 2u);
  ASSERT_NE(compiled.policies, nullptr);
  EXPECT_THAT(compiled.policies->all(), SizeIs(1));
  EXPECT_EQ(compiled.policies->groups()[0].problems, 2u);
}

TEST(Compiled, WhatIsNoPolicyAsAWholePutsNothingInForce) {
  Json object = Named("image-policy");
  object["spec"]["verification"]["keys"] = 7;
  const Compiled compiled = Compile({object});
  EXPECT_EQ(compiled.sign[0].acceptance, Acceptance::kInvalid);
  ASSERT_TRUE(compiled.sign[0].fault.has_value());
  EXPECT_THAT(*compiled.sign[0].fault, At("/spec/verification/keys"));
  EXPECT_EQ(compiled.sign[0].keys, 0u);
  EXPECT_EQ(compiled.policies, nullptr);
}

TEST(Compiled, OneOfAnotherNameOrASecondPutsNothingInForce) {
  const Compiled misnamed = Compile({Named("other")});
  EXPECT_EQ(misnamed.sign[0].acceptance, Acceptance::kWrongName);
  EXPECT_EQ(misnamed.policies, nullptr);
  const Compiled two = Compile({Named("image-policy"), Named("other")});
  EXPECT_EQ(two.sign[0].acceptance, Acceptance::kNotTheOnlyOne);
  EXPECT_EQ(two.sign[1].acceptance, Acceptance::kWrongName);
  EXPECT_EQ(two.policies, nullptr);
}

TEST(Compiled, FindsWhatIsWrongInThePartsAndInTheWhole) {
  Json object = TestPolicy().Key("a", "no PEM").Rule("Nginx", {"b"}).Object();
  object["metadata"]["name"] = "second";
  object["apiVersion"] = "v1";
  object["spec"]["verification"]["exclude"] = "kube-system";
  EXPECT_THAT(
      Compile({object}).sign[0].problems,
      ElementsAre(At("/apiVersion"), At("/metadata/name"),
                  At("/spec/verification/keys/0/publicKey"),
                  At("/spec/verification/images/0/namePattern"),
                  At("/spec/verification/images/0/keys/0/name"), At("/spec/verification/exclude")));
}

constexpr size_t kDearPatterns = 1000;

// An object whose patterns take more than half of kPatternSteps, and no more than all.
Json Dear(const std::string& name) {
  std::string stars = "r.io/";
  for (int i = 0; i < 250; ++i) stars += "*a";
  TestPolicy policy;
  for (size_t i = 0; i < kDearPatterns; ++i) policy.Rule(stars, {"a"});
  Json object = policy.Object();
  object["metadata"]["name"] = name;
  return object;
}

size_t CountTooComplex(const CompiledObject& object) {
  return absl::c_count_if(object.problems, [](const Problem& problem) {
    return absl::StrContains(problem.reason, "too complex");
  });
}

// Whoever may write one object may write many.
TEST(Compiled, TheWorkOnPatternsIsBoundedForAllObjectsTogether) {
  std::vector<Json> objects = {Dear("image-policy")};
  while (objects.size() < 5) objects.push_back(Dear(absl::StrCat("other-", objects.size())));
  EXPECT_EQ(CountTooComplex(Compile({objects.back()}).sign[0]), 0u);
  const Compiled compiled = Compile(objects);
  EXPECT_EQ(CountTooComplex(compiled.sign[0]), 0u);
  EXPECT_GT(CountTooComplex(compiled.sign[1]), 0u);
  for (size_t i = 2; i < objects.size(); ++i) {
    EXPECT_EQ(CountTooComplex(compiled.sign[i]), kDearPatterns) << i;
  }
}

TEST(Compiled, ReasonsDoNotRepeatThePointer) {
  Json object = TestPolicy().Object();
  object["metadata"]["name"] = "second";
  object["spec"]["verification"]["keys"] = 7;
  EXPECT_THAT(Compile({object}).sign[0].problems,
              ElementsAre(Field(&Problem::reason,
                                "must be \"image-policy\", is \"second\": there is one policy, "
                                "which has this name, and no second"),
                          Field(&Problem::reason, "must be an array, is a number")));
}

TEST(Compiled, WhatIsNoObjectHasOneProblemAtItsRoot) {
  for (const Json& object : {Json(), Json(7), Json::array()}) {
    EXPECT_THAT(Compile({object}).sign[0].problems, ElementsAre(At("")));
  }
}

}  // namespace
}  // namespace countersign::policy

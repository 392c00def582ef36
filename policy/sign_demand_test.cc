#include "policy/sign_demand.h"

#include <string_view>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SignDemandTest : public testing::Test {
 protected:
  Demand Ask(const TestPolicy& policy, std::string_view image) {
    in_force_ = policy.Build();
    return SignDemand(*in_force_, workload_,
                      in_force_->Matching(oci::ImageReference::Parse(image).value()));
  }

  TestPolicy Policy() const { return TestPolicy().Key("a", pem_).Key("bad", "no PEM"); }

  const std::string pem_ = crypto::TestKey::Generate().PublicPem();
  Workload workload_ = {.workload_namespace = "shop"};
  PoliciesPtr in_force_;
};

// requirement_test.cc has what follows for an image.
TEST_F(SignDemandTest, IsItsLanguages) {
  EXPECT_EQ(SignDemandForAnyImage(*Policies::None(), workload_)->language, Language::kSign);
  EXPECT_EQ(Ask(Policy(), "nginx").language, Language::kSign);
}

TEST_F(SignDemandTest, OneOfThoseThatMatchIsEnough) {
  const Demand demand = Ask(Policy().Rule("r.io/*", {"bad"}).Rule("*", {"a"}), "r.io/app");
  EXPECT_EQ(demand.applicability, Applicability::kAsked);
  ASSERT_THAT(demand.clauses, SizeIs(1));
  EXPECT_THAT(demand.clauses[0].any_of, SizeIs(2));
}

TEST_F(SignDemandTest, IsImpossibleWhereNoKeyOfThoseThatMatchCanBeUsed) {
  const Demand demand = Ask(Policy().Rule("*", {"bad"}).Rule("*", {}), "nginx");
  EXPECT_EQ(demand.applicability, Applicability::kImpossible);
  ASSERT_THAT(demand.clauses, SizeIs(1));
  EXPECT_THAT(demand.clauses[0].any_of, SizeIs(2));
}

TEST_F(SignDemandTest, WhatNoPatternMatchesIsAsTheOperatorSaysUnlessOneIsBroken) {
  EXPECT_EQ(Ask(Policy().Rule("r.io/*", {"a"}), "nginx").applicability, Applicability::kUnmatched);
  EXPECT_THAT(Ask(Policy().Rule("r.io/*", {"a"}), "nginx").clauses, IsEmpty());
  workload_.allow_unmatched_images = true;
  EXPECT_EQ(Ask(Policy().Rule("r.io/*", {"a"}), "nginx").applicability,
            Applicability::kUnmatchedAllowed);
  EXPECT_EQ(Ask(Policy().Rule("a b", {"a"}), "nginx").applicability, Applicability::kImpossible);
}

TEST_F(SignDemandTest, OnlyANamespaceThatIsKnownIsExcluded) {
  const PoliciesPtr in_force = Policy().ExcludeNamespace("shop").Build();
  EXPECT_EQ(SignDemandForAnyImage(*in_force, workload_)->applicability,
            Applicability::kExcludedNamespace);
  EXPECT_FALSE(SignDemandForAnyImage(*in_force, {}).has_value());
}

}  // namespace
}  // namespace countersign::policy

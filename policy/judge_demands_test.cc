// What becomes of an image of which several demands are made, or none.

#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/evidence.h"
#include "policy/examination.h"
#include "policy/judge.h"
#include "policy/prove.h"
#include "policy/requirement.h"
#include "policy/test_policy.h"
#include "policy/verdict.h"
#include "policy/verdict_fixture.h"

namespace countersign::policy {
namespace {

using ::testing::SizeIs;

Verdict Judge(const Requirement& requirement, std::string_view image_text,
              const Evidence& evidence) {
  return policy::Judge(requirement, image_text, evidence, ProveDirectly);
}

class VerdictTest : public VerdictFixture {
 protected:
  static Requirement Ask(const TestPolicy& policy) {
    return RequirementFor(policy.Build(), {.workload_namespace = "shop"},
                          oci::ImageReference::Parse(kImage).value());
  }
};

TEST_F(VerdictTest, WithoutPoliciesNothingIsAllowed) {
  const Requirement requirement =
      RequirementFor(nullptr, {}, oci::ImageReference::Parse(kImage).value());
  EXPECT_EQ(Judge(requirement, kImage, Found({alice_.Sign(image_)})).decision, Decision::kDeny);
}

// There is one language today: its demand twice stands for another's.
TEST_F(VerdictTest, EveryDemandMustBeSatisfied) {
  const Evidence by_alice = Found({alice_.Sign(image_)});
  Requirement requirement = Ask(Policy());
  const Demand asked = requirement.demands[0];
  for (const auto& [applicability, reason] :
       {std::pair(Applicability::kImpossible, Reason::kPolicyBroken),
        std::pair(Applicability::kUnmatched, Reason::kUnmatched),
        std::pair(Applicability::kNoPolicy, Reason::kVerified),
        std::pair(Applicability::kExcludedNamespace, Reason::kVerified)}) {
    const Demand other = {.language = Language::kSign, .applicability = applicability};
    requirement.demands = {asked, other};
    EXPECT_EQ(Judge(requirement, kImage, by_alice).reason, reason);
    requirement.demands = {other, asked};
    EXPECT_EQ(Judge(requirement, kImage, by_alice).reason, reason);
  }
}

// Nothing that is tried again would change it.
TEST_F(VerdictTest, WhatOneDemandDeniesIsDeniedWhateverOfAnotherIsUndecided) {
  const absl::StatusOr<Examination> transient = absl::UnavailableError("r.io: cut short");
  Requirement requirement = Ask(Policy());
  const Demand asked = requirement.demands[0];
  for (const auto& [applicability, reason] :
       {std::pair(Applicability::kImpossible, Reason::kPolicyBroken),
        std::pair(Applicability::kUnmatched, Reason::kUnmatched),
        std::pair(Applicability::kNoPolicy, Reason::kUndecided)}) {
    const Demand other = {.language = Language::kSign, .applicability = applicability};
    for (const std::vector<Demand>& demands :
         {std::vector{asked, other}, std::vector{other, asked}}) {
      requirement.demands = demands;
      const Verdict verdict = policy::Judge(requirement, kImage, transient);
      EXPECT_EQ(verdict.decision, Decision::kDeny);
      EXPECT_EQ(verdict.reason, reason);
    }
  }
}

// Where something is denied anyhow nothing is looked at: that is no reason of its own.
TEST_F(VerdictTest, WhatIsNotLookedAtBecauseOfADenialIsNotUndecided) {
  Requirement requirement = Ask(Policy());
  requirement.demands.push_back(
      {.language = Language::kSign, .applicability = Applicability::kUnmatched});
  requirement.plan = {};
  EXPECT_EQ(Judge(requirement, kImage, Found({alice_.Sign(image_)})).reason, Reason::kUnmatched);
}

TEST_F(VerdictTest, OfEveryClauseOnePolicyMustBeSatisfied) {
  TestPolicy policy = Policy();
  policy.Rule("*", {"bob"});
  Requirement requirement = Ask(policy);
  Demand& demand = requirement.demands[0];
  ASSERT_THAT(demand.clauses[0].any_of, SizeIs(2));
  demand.clauses = {{.any_of = {demand.clauses[0].any_of[0]}},
                    {.any_of = {demand.clauses[0].any_of[1]}}};
  EXPECT_EQ(Judge(requirement, kImage, Found({alice_.Sign(image_)})).reason, Reason::kNotSigned);
  EXPECT_EQ(Judge(requirement, kImage, Found({bob_.Sign(image_)})).reason, Reason::kVerified);
  demand.clauses.clear();
  EXPECT_EQ(Judge(requirement, kImage, Found({bob_.Sign(image_)})).decision, Decision::kDeny);
}

}  // namespace
}  // namespace countersign::policy

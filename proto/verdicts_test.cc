#include "proto/verdicts.h"

#include "gtest/gtest.h"

namespace countersign::v1 {
namespace {

Verdict Of(Decision decision, Reason reason) {
  Verdict verdict;
  verdict.set_decision(decision);
  verdict.set_reason(reason);
  return verdict;
}

TEST(Verdicts, OnlyOneDecisionAllows) {
  EXPECT_TRUE(IsAllowed(Of(DECISION_ALLOW, REASON_NO_POLICY)));
  EXPECT_FALSE(IsAllowed(Verdict()));
  EXPECT_FALSE(IsAllowed(Of(DECISION_DENY, REASON_VERIFIED)));
  EXPECT_FALSE(IsAllowed(Of(static_cast<Decision>(3), REASON_VERIFIED)));
}

TEST(Verdicts, VerifiedIsAllowedForThatReason) {
  EXPECT_TRUE(IsVerified(Of(DECISION_ALLOW, REASON_VERIFIED)));
  EXPECT_FALSE(IsVerified(Of(DECISION_ALLOW, REASON_NO_POLICY)));
  EXPECT_FALSE(IsVerified(Of(DECISION_DENY, REASON_VERIFIED)));
  EXPECT_FALSE(IsVerified(Verdict()));
}

TEST(Verdicts, ReasonsFrom1To99ComeWithAllow) {
  for (const int reason : {1, 2, 99}) {
    EXPECT_TRUE(IsReasonToAllow(static_cast<Reason>(reason))) << reason;
  }
  for (const int reason : {-1, 0, 100, 101, 1000}) {
    EXPECT_FALSE(IsReasonToAllow(static_cast<Reason>(reason))) << reason;
  }
}

TEST(Verdicts, ItWasNotFoundOutForTwoReasons) {
  EXPECT_TRUE(IsUndecided(Of(DECISION_DENY, REASON_UNDECIDED)));
  EXPECT_TRUE(IsUndecided(Of(DECISION_DENY, REASON_REGISTRY_AWAY)));
  EXPECT_FALSE(IsUndecided(Of(DECISION_DENY, REASON_NOT_SIGNED)));
  EXPECT_FALSE(IsUndecided(Of(DECISION_ALLOW, REASON_UNDECIDED)));
  EXPECT_FALSE(IsUndecided(Verdict()));
}

TEST(Verdicts, ReasonsAreNamedWithoutTheirPrefix) {
  EXPECT_EQ(NameOf(REASON_NOT_SIGNED), "NOT_SIGNED");
  EXPECT_EQ(NameOf(REASON_REGISTRY_AWAY), "REGISTRY_AWAY");
  EXPECT_EQ(NameOf(static_cast<Reason>(99)), "");
}

TEST(Verdicts, FormsOfEvidenceAreNamedWithoutTheirPrefix) {
  EXPECT_EQ(NameOf(EVIDENCE_FORM_SIGNATURE_LAYER), "SIGNATURE_LAYER");
  EXPECT_EQ(NameOf(EVIDENCE_FORM_BUNDLE), "BUNDLE");
  EXPECT_EQ(NameOf(static_cast<EvidenceForm>(99)), "");
}

}  // namespace
}  // namespace countersign::v1

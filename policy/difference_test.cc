#include "policy/difference.h"

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

const Verdict kVerified = {.decision = Decision::kAllow, .reason = Reason::kVerified};
const Verdict kNotSigned = {.decision = Decision::kDeny, .reason = Reason::kNotSigned};
const Verdict kWarned = {.decision = Decision::kAllow,
                         .reason = Reason::kAllowedByPolicy,
                         .warned_reason = Reason::kNotSigned};

TEST(DifferenceOf, IsNoneWhereBothSayTheSame) {
  EXPECT_EQ(DifferenceOf(kVerified, kVerified), Difference::kNone);
  EXPECT_EQ(DifferenceOf(kNotSigned, kNotSigned), Difference::kNone);
  EXPECT_EQ(DifferenceOf({}, {}), Difference::kNone);
}

TEST(DifferenceOf, SaysWhichOfThemDenies) {
  EXPECT_EQ(DifferenceOf(kNotSigned, kVerified), Difference::kSignDenies);
  EXPECT_EQ(DifferenceOf(kVerified, kNotSigned), Difference::kSigstoreDenies);
  EXPECT_EQ(DifferenceOf(kVerified, {}), Difference::kSigstoreDenies);
}

TEST(DifferenceOf, TakesAWarningForADenialToCome) {
  EXPECT_EQ(DifferenceOf(kVerified, kWarned), Difference::kSigstoreWouldDeny);
  EXPECT_EQ(DifferenceOf(kNotSigned, kWarned), Difference::kNone);
}

TEST(DifferenceOf, IsNoneWhereOneOfThemSaysNothing) {
  for (const Reason reason : {Reason::kNoPolicy, Reason::kExcludedNamespace}) {
    const Verdict nothing = {.decision = Decision::kAllow, .reason = reason};
    EXPECT_EQ(DifferenceOf(nothing, kNotSigned), Difference::kNone);
    EXPECT_EQ(DifferenceOf(kNotSigned, nothing), Difference::kNone);
  }
  const Verdict undecided = {.decision = Decision::kDeny, .reason = Reason::kUndecided};
  EXPECT_EQ(DifferenceOf(undecided, kVerified), Difference::kNone);
  EXPECT_EQ(DifferenceOf(kVerified, undecided), Difference::kNone);
  Verdict unknown = kWarned;
  unknown.warned_reason = Reason::kUndecided;
  EXPECT_EQ(DifferenceOf(kVerified, unknown), Difference::kNone);
}

}  // namespace
}  // namespace countersign::policy

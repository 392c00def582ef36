#include "verifier/policies/policy_store.h"

#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::NotNull;

PolicySnapshot AnyPolicy() { return policy::TestPolicy().Build(); }

TEST(PolicyStore, NothingReadIsNotTheSameAsNoPolicy) {
  PolicyStore store;
  EXPECT_THAT(store.Get(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("not been read")));
  store.Set(policy::Policies::None());
  ASSERT_THAT(store.Get(), IsOkAndHolds(NotNull()));
  EXPECT_TRUE((*store.Get())->IsNone());
}

TEST(PolicyStore, SaysWhyNothingCouldBeRead) {
  PolicyStore store;
  store.SetUnreadable(absl::FailedPreconditionError("policy.yaml:3: broken"));
  EXPECT_THAT(store.Get(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("policy.yaml:3")));
}

TEST(PolicyStore, KeepsTheLastGoodPolicyWhenTheNextCannotBeRead) {
  PolicyStore store;
  store.Set(AnyPolicy());
  store.SetUnreadable(absl::FailedPreconditionError("policy.yaml:3: broken"));
  EXPECT_THAT(store.Get(), IsOkAndHolds(NotNull()));
}

TEST(PolicyStore, ASnapshotOutlivesItsReplacement) {
  PolicyStore store;
  store.Set(AnyPolicy());
  PolicySnapshot held = *store.Get();
  store.Set(policy::Policies::None());
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(held->IsNone());
}

TEST(PolicyStore, SaysSinceWhenAndWhyThePolicyCannotBeRead) {
  base::FakeClock clock;
  PolicyStore store(&clock);
  store.Set(AnyPolicy());
  EXPECT_TRUE(store.state().problem.ok());
  clock.Advance(absl::Minutes(1));
  const absl::Time lost = clock.Now();
  store.SetUnreadable(absl::UnavailableError("connection refused"));
  clock.Advance(absl::Minutes(1));
  store.SetUnreadable(absl::UnavailableError("no route"));
  EXPECT_THAT(store.state().problem, StatusIs(absl::StatusCode::kUnavailable, "no route"));
  EXPECT_EQ(store.state().problem_since, lost);
  EXPECT_EQ(store.state().failures, 2u);
  store.Set(AnyPolicy());
  EXPECT_TRUE(store.state().problem.ok());
  EXPECT_EQ(store.state().failures, 2u);
}

TEST(PolicyStore, AGenerationIsInForceSinceItWasFirstRead) {
  base::FakeClock clock;
  PolicyStore store(&clock);
  const absl::Time first = clock.Now();
  store.Set(AnyPolicy(), {.uid = "u", .generation = 1, .resource_version = "10"});
  clock.Advance(absl::Minutes(1));
  store.Set(AnyPolicy(), {.uid = "u", .generation = 1, .resource_version = "11"});
  EXPECT_EQ(store.state().in_force_since, first);
  EXPECT_EQ(store.state().version.resource_version, "11");
  store.Set(AnyPolicy(), {.uid = "u", .generation = 2, .resource_version = "12"});
  EXPECT_EQ(store.state().in_force_since, clock.Now());
  clock.Advance(absl::Minutes(1));
  store.Set(AnyPolicy(), {.uid = "v", .generation = 2, .resource_version = "13"});
  EXPECT_EQ(store.state().in_force_since, clock.Now());
}

TEST(PolicyStore, NothingIsInForceBeforeEachLanguageThatIsExpectedHasBeenRead) {
  PolicyStore store;
  store.Expect(PolicyPart::kSigstore);
  store.Set(AnyPolicy());
  EXPECT_THAT(store.Get(), StatusIs(absl::StatusCode::kUnavailable,
                                    HasSubstr("policy.sigstore.dev have not been read")));
  store.Set(policy::Policies::None(), {}, PolicyPart::kSigstore);
  EXPECT_THAT(store.Get(), IsOkAndHolds(NotNull()));
  PolicyStore other;
  other.Expect(PolicyPart::kSigstore);
  other.Set(policy::Policies::None(), {}, PolicyPart::kSigstore);
  EXPECT_THAT(other.Get(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(PolicyStore, WhatIsInForceIsBothLanguages) {
  PolicyStore store;
  store.Expect(PolicyPart::kSigstore);
  store.Set(AnyPolicy());
  store.Set(AnyPolicy(), {}, PolicyPart::kSigstore);
  ASSERT_THAT(store.Get(), IsOkAndHolds(NotNull()));
  EXPECT_EQ((*store.Get())->groups().size(), 2u);
  store.Set(policy::Policies::None());
  EXPECT_EQ((*store.Get())->groups().size(), 1u);
}

TEST(PolicyStore, WhatIsRefusedOfOneHoldsTheOtherUpInNothing) {
  base::FakeClock clock;
  PolicyStore store(&clock);
  store.Expect(PolicyPart::kSigstore);
  store.Set(AnyPolicy());
  store.Set(AnyPolicy(), {}, PolicyPart::kSigstore);
  store.SetUnreadable(absl::UnavailableError("connection refused"));
  store.Set(policy::Policies::None(), {}, PolicyPart::kSigstore);
  EXPECT_EQ((*store.Get())->groups().size(), 1u);
  EXPECT_THAT(store.state().problem, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(store.state(PolicyPart::kSigstore).problem, base::IsOk());
  EXPECT_EQ(store.state(PolicyPart::kSigstore).failures, 0u);
}

TEST(PolicyStore, WhatCanBeReadIsPutInForceBesideWhatCannot) {
  base::FakeClock clock;
  PolicyStore store(&clock);
  store.Set(AnyPolicy(), {}, PolicyPart::kSigstore);
  const absl::Time lost = clock.Now();
  store.SetUnreadable(absl::UnavailableError("connection refused"), PolicyPart::kSigstore);
  clock.Advance(absl::Minutes(1));
  store.SetWhatIsReadable(policy::Policies::None(), PolicyPart::kSigstore);
  const PolicyState state = store.state(PolicyPart::kSigstore);
  EXPECT_TRUE((*state.snapshot)->IsNone());
  EXPECT_EQ(state.in_force_since, clock.Now());
  EXPECT_THAT(state.problem, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(state.problem_since, lost);
}

TEST(PolicyStore, WithoutAGenerationTheSameContentIsInForceSinceItWasFirstRead) {
  base::FakeClock clock;
  PolicyStore store(&clock);
  const absl::Time first = clock.Now();
  store.Set(AnyPolicy());
  clock.Advance(absl::Minutes(1));
  store.Set(AnyPolicy());
  EXPECT_EQ(store.state().in_force_since, first);
  store.Set(policy::Policies::None());
  EXPECT_EQ(store.state().in_force_since, clock.Now());
}

}  // namespace
}  // namespace countersign::verifier

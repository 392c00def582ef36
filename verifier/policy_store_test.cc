#include "verifier/policy_store.h"

#include <memory>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::NotNull;

PolicySnapshot AnyPolicy() {
  return std::make_shared<const policy::ImagePolicy>(policy::TestPolicy().Build());
}

TEST(PolicyStore, NothingReadIsNotTheSameAsNoPolicy) {
  PolicyStore store;
  EXPECT_THAT(store.Get(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("not been read")));
  store.Set(nullptr);
  EXPECT_THAT(store.Get(), IsOkAndHolds(IsNull()));
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
  store.Set(nullptr);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_TRUE(held->rules().empty());
}

}  // namespace
}  // namespace countersign::verifier

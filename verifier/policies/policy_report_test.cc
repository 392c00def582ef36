#include "verifier/policies/policy_report.h"

#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class PolicyReportTest : public testing::Test {
 protected:
  PolicyReportTest() { AddPolicyMetrics(&store_, &metrics_); }

  static PolicySnapshot Policy() {
    return policy::TestPolicy().Key("a", "no PEM").Rule("*", {"a"}).Build();
  }

  base::FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  PolicyStore store_{&clock_};
  base::Metrics metrics_;
};

TEST_F(PolicyReportTest, SaysThatNothingHasBeenRead) {
  EXPECT_THAT(DescribePolicy(store_.state()),
              ElementsAre("policy: the policy has not been read yet"));
  EXPECT_THAT(metrics_.WriteText(),
              AllOf(HasSubstr("countersign_policy_readable 0\n"),
                    Not(HasSubstr("countersign_policy_in_force_since_timestamp_seconds"))));
}

TEST_F(PolicyReportTest, SaysWhatIsInForce) {
  store_.Set(Policy(), {.uid = "u", .generation = 3});
  EXPECT_THAT(DescribePolicy(store_.state()),
              ElementsAre("policy: generation 3 is in force since 2023-11-14T22:13:20Z; keys 1, "
                          "patterns 1, problems 1"));
  EXPECT_THAT(
      metrics_.WriteText(),
      AllOf(HasSubstr("countersign_policy_readable 1\n"),
            HasSubstr("countersign_policy_enforced 1\n"),
            HasSubstr("countersign_policy_generation 3\n"),
            HasSubstr("countersign_policy_in_force_since_timestamp_seconds 1700000000\n"),
            HasSubstr("countersign_policy_keys 1\n"), HasSubstr("countersign_policy_patterns 1\n"),
            HasSubstr("countersign_policy_problems 1\n"), Not(HasSubstr("unreadable_since"))));
}

TEST_F(PolicyReportTest, NoPolicyIsNoFault) {
  store_.Set(policy::Policies::None());
  EXPECT_THAT(DescribePolicy(store_.state()),
              ElementsAre("policy: there is none since 2023-11-14T22:13:20Z; nothing is enforced"));
  EXPECT_THAT(metrics_.WriteText(), AllOf(HasSubstr("countersign_policy_readable 1\n"),
                                          HasSubstr("countersign_policy_enforced 0\n")));
}

TEST_F(PolicyReportTest, SaysSinceWhenAndWhyItCannotBeRead) {
  store_.Set(Policy());
  clock_.Advance(absl::Minutes(1));
  store_.SetUnreadable(absl::UnavailableError("connection refused"));
  EXPECT_THAT(DescribePolicy(store_.state()),
              ElementsAre(HasSubstr("a policy is in force since 2023-11-14T22:13:20Z"),
                          "policy: could not be read since 2023-11-14T22:14:20Z: connection "
                          "refused; the last good one stays in force"));
  EXPECT_THAT(
      metrics_.WriteText(),
      AllOf(HasSubstr("countersign_policy_readable 0\n"),
            HasSubstr("countersign_policy_enforced 1\n"),
            HasSubstr("countersign_policy_watch_errors_total 1\n"),
            HasSubstr("countersign_policy_unreadable_since_timestamp_seconds 1700000060\n")));
}

}  // namespace
}  // namespace countersign::verifier

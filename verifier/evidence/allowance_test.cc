#include "verifier/evidence/allowance.h"

#include <optional>
#include <thread>

#include "base/deadline.h"
#include "base/eventually.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

TEST(Allowance, GivesItsUnitsAndNoMore) {
  Allowance allowance({}, nullptr, {.units = 10});
  EXPECT_TRUE(allowance.TakeUnits(7));
  EXPECT_FALSE(allowance.TakeUnits(4));
  EXPECT_TRUE(allowance.TakeUnits(3));
  EXPECT_FALSE(allowance.TakeUnits(1));
}

TEST(Allowance, AttemptsThatAreNotRefusedCostNothing) {
  Allowance allowance({}, nullptr, {.refused_attempts = 2});
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(allowance.BeginAttempt(absl::InfinitePast()).has_value()) << i;
  }
  allowance.BeginAttempt(absl::InfinitePast())->WasRefused();
  EXPECT_TRUE(allowance.BeginAttempt(absl::InfinitePast()).has_value());
  allowance.BeginAttempt(absl::InfinitePast())->WasRefused();
  EXPECT_FALSE(allowance.BeginAttempt(absl::InfiniteFuture()).has_value());
}

TEST(Allowance, NeverHasMoreUnderWayThanMayBeRefused) {
  Allowance allowance({}, nullptr, {.refused_attempts = 2});
  std::optional<Allowance::Attempt> one = allowance.BeginAttempt(absl::InfinitePast());
  std::optional<Allowance::Attempt> other = allowance.BeginAttempt(absl::InfinitePast());
  EXPECT_FALSE(allowance.BeginAttempt(base::In(absl::Milliseconds(1))).has_value());
  std::thread thread([&one] { one.reset(); });
  EXPECT_TRUE(allowance.BeginAttempt(base::Soon()).has_value());
  thread.join();
}

TEST(Allowance, CountsOnceThatABudgetHasEnded) {
  base::Metrics metrics;
  prometheus::Counter& units = metrics.Counter("units", "Units.");
  prometheus::Counter& refusals = metrics.Counter("refusals", "Refusals.");
  Allowance allowance(
      {}, nullptr,
      {.units = 10, .refused_attempts = 1, .unit_ends = &units, .refusal_ends = &refusals});
  EXPECT_TRUE(allowance.TakeUnits(10));
  EXPECT_EQ(units.Value(), 0);
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(allowance.TakeUnits(1));
  EXPECT_EQ(units.Value(), 1);
  std::optional<Allowance::Attempt> attempt = allowance.BeginAttempt(absl::InfinitePast());
  // It is only late.
  EXPECT_FALSE(allowance.BeginAttempt(absl::InfinitePast()).has_value());
  attempt->WasRefused();
  attempt.reset();
  EXPECT_EQ(refusals.Value(), 0);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(allowance.BeginAttempt(absl::InfinitePast()).has_value());
  }
  EXPECT_EQ(refusals.Value(), 1);
}

}  // namespace
}  // namespace countersign::verifier

#include "base/clock.h"

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(RealClock, AgreesWithTheSystem) {
  const absl::Time before = absl::Now();
  const absl::Time now = Clock::Real().Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, absl::Now());
}

TEST(RealClock, WaitsForAConditionOrATime) {
  absl::Mutex mutex;
  absl::MutexLock lock(&mutex);
  bool holds = false;
  EXPECT_FALSE(Clock::Real().Await(&mutex, absl::Condition(&holds), absl::Now()));
  holds = true;
  EXPECT_TRUE(Clock::Real().Await(&mutex, absl::Condition(&holds), absl::InfiniteFuture()));
}

TEST(RealClock, Sleeps) {
  const absl::Time before = absl::Now();
  Clock::Real().Sleep(absl::Milliseconds(2));
  EXPECT_GE(absl::Now(), before + absl::Milliseconds(2));
}

TEST(RealClock, IsOneObject) { EXPECT_EQ(&Clock::Real(), &Clock::Real()); }

}  // namespace
}  // namespace countersign::base

#include "verifier/serving/due_times.h"

#include <optional>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

constexpr absl::Time At(int second) { return absl::FromUnixSeconds(1'700'000'000 + second); }

TEST(DueTimes, GiveEachOnceWhenItIsDueTheFirstFirst) {
  DueTimes due;
  due.Set(1, At(3));
  due.Set(2, At(1));
  due.Set(3, At(3));
  EXPECT_EQ(due.Take(At(0)), std::nullopt);
  EXPECT_EQ(due.Take(At(1)), 2u);
  EXPECT_EQ(due.Take(At(2)), std::nullopt);
  EXPECT_EQ(due.Take(At(3)), 1u);
  EXPECT_EQ(due.Take(At(3)), 3u);
  EXPECT_EQ(due.Take(At(9)), std::nullopt);
}

TEST(DueTimes, WhatIsSetAgainIsDueThenAlone) {
  DueTimes due;
  due.Set(1, At(1));
  due.Set(1, At(5));
  EXPECT_EQ(due.Take(At(4)), std::nullopt);
  EXPECT_EQ(due.Take(At(5)), 1u);
  EXPECT_EQ(due.Take(At(5)), std::nullopt);
}

TEST(DueTimes, WhatIsForgottenIsNeverDue) {
  DueTimes due;
  due.Set(1, At(1));
  due.Forget(1);
  due.Forget(2);
  EXPECT_EQ(due.Take(At(9)), std::nullopt);
}

}  // namespace
}  // namespace countersign::verifier

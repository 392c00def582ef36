#include "verifier/serving/as_found.h"

#include <cstddef>
#include <numeric>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::ElementsAre;
using testing::Lt;
using testing::UnorderedElementsAre;

constexpr absl::Duration kHeld = absl::Milliseconds(100);

TEST(AsFound, ManyThatComeOneByOneAreLookedAtAFewTimesEach) {
  constexpr size_t kCount = 1000;
  std::vector<bool> is_found(kCount);
  size_t looks = 0;
  // Each comes when it is waited for, and not before.
  const auto await = [&](size_t index, absl::Time until) -> bool {
    ++looks;
    if (!base::HasPassed(until)) is_found[index] = true;
    return is_found[index];
  };
  std::vector<size_t> taken;
  const auto take = [&taken](size_t index) {
    taken.push_back(index);
    return absl::OkStatus();
  };
  EXPECT_THAT(TakeAsFound(kCount, kHeld, base::Soon(), await, take), IsOk());
  std::vector<size_t> all(kCount);
  std::iota(all.begin(), all.end(), size_t{0});
  EXPECT_EQ(taken, all);
  // Once, and once more for each tenth of a second in which this test had no processor.
  EXPECT_THAT(looks, Lt(20 * kCount));
}

TEST(AsFound, WhatIsFoundIsNotHeldUntilAnotherIs) {
  absl::Notification first;
  const auto await = [&first](size_t index, absl::Time until) {
    return index > 0 || first.WaitForNotificationWithDeadline(until);
  };
  std::vector<size_t> taken;
  const auto take = [&](size_t index) {
    taken.push_back(index);
    if (index == 2) first.Notify();
    return absl::OkStatus();
  };
  EXPECT_THAT(TakeAsFound(3, kHeld, base::Soon(), await, take), IsOk());
  EXPECT_THAT(taken, ElementsAre(1, 2, 0));
}

TEST(AsFound, AtTheDeadlineWhateverIsLeftIsTaken) {
  const absl::Notification never;
  const auto await = [&never](size_t, absl::Time until) {
    return never.WaitForNotificationWithDeadline(until);
  };
  for (const absl::Time deadline : {base::In(absl::Milliseconds(10)), absl::InfinitePast()}) {
    std::vector<size_t> taken;
    const auto take = [&taken](size_t index) {
      taken.push_back(index);
      return absl::OkStatus();
    };
    EXPECT_THAT(TakeAsFound(3, kHeld, deadline, await, take), IsOk());
    EXPECT_THAT(taken, UnorderedElementsAre(0, 1, 2));
  }
}

TEST(AsFound, NothingIsTakenAfterWhatCouldNotBe) {
  const auto await = [](size_t, absl::Time) { return true; };
  int taken = 0;
  const auto take = [&taken](size_t) {
    return ++taken == 2 ? absl::ResourceExhaustedError("full") : absl::OkStatus();
  };
  EXPECT_THAT(TakeAsFound(3, kHeld, base::Soon(), await, take),
              StatusIs(absl::StatusCode::kResourceExhausted, "full"));
  EXPECT_EQ(taken, 2);
}

}  // namespace
}  // namespace countersign::verifier

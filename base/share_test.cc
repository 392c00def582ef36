#include "base/share.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

// How many one request holds in the end that takes all it may of what is left.
size_t TakeAll(const ShareLimits& limits, size_t total, size_t others_of_group = 0,
               size_t others_of_caller = 0, size_t others = 0) {
  size_t mine = 0;
  while (true) {
    const size_t group = others_of_group + mine;
    const size_t caller = others_of_caller + group;
    if (others + caller >= total) return mine;
    const size_t of_caller = limits.Left(ShareLimits::kCaller, total - others - caller, caller);
    const size_t of_group = limits.Left(ShareLimits::kGroup, of_caller, group);
    if (limits.Left(ShareLimits::kRequest, of_group, mine) == 0) return mine;
    ++mine;
  }
}

TEST(ShareLimits, GiveACallerHalfAGroupAThirdAndARequestASixth) {
  const ShareLimits limits(512);
  EXPECT_EQ(TakeAll(limits, 512), 86u);
  // A second request of the group, then more of them, do not get beyond the group's part.
  EXPECT_LT(86 + TakeAll(limits, 512, 86), 171u);
  EXPECT_EQ(TakeAll(limits, 512, 171), 0u);
  EXPECT_EQ(TakeAll(limits, 512, 0, 256), 0u);
}

TEST(ShareLimits, LeaveSomethingForWhoeverHoldsNothing) {
  for (size_t total = 2; total <= 600; ++total) {
    const ShareLimits limits(total);
    const size_t first = TakeAll(limits, total);
    ASSERT_GE(first, 1u) << total;
    // Another caller, whatever the first has taken.
    ASSERT_GE(TakeAll(limits, total, 0, 0, first), 1u) << total;
  }
  for (size_t total = 8; total <= 600; ++total) {
    const ShareLimits limits(total);
    const size_t first = TakeAll(limits, total);
    // Another group of the same caller, and another request of the same group.
    ASSERT_GE(TakeAll(limits, total, 0, first), 1u) << total;
    ASSERT_GE(TakeAll(limits, total, first), 1u) << total;
  }
}

TEST(ShareLimits, SeveralCallersLeaveRoomForOneMore) {
  const ShareLimits limits(512);
  size_t others = 0;
  for (int caller = 0; caller < 12; ++caller) {
    const size_t taken = TakeAll(limits, 512, 0, 0, others);
    EXPECT_GE(taken, 1u) << caller;
    others += taken;
  }
}

TEST(ShareLimits, OneOfOneIsForWhoeverComes) {
  EXPECT_EQ(TakeAll(ShareLimits(1), 1), 1u);
  EXPECT_EQ(TakeAll(ShareLimits(0), 0), 0u);
}

TEST(ShareLimits, ManyGroupsOfACallerDoNotGetBeyondHisPart) {
  const ShareLimits limits(512);
  size_t caller = 0;
  for (int group = 0; group < 10'000; ++group) caller += TakeAll(limits, 512, 0, caller);
  EXPECT_EQ(caller, 256u);
  EXPECT_GE(TakeAll(limits, 512, 0, 0, caller), 32u);
}

}  // namespace
}  // namespace countersign::base

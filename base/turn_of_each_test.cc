#include "base/turn_of_each.h"

#include <thread>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(TurnOfEach, AnOwnerHasOneAtATime) {
  TurnOfEach turns(1);
  std::optional<TurnOfEach::Turn> first = turns.Take("a", absl::InfiniteFuture());
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(turns.Take("a", absl::Now()).has_value());
  EXPECT_TRUE(turns.Take("b", absl::Now()).has_value());
  const TurnOfEach::Turn moved = *std::move(first);
  first.reset();
  EXPECT_FALSE(turns.Take("a", absl::Now()).has_value());
}

TEST(TurnOfEach, AnOwnerHasSoManyAtOnce) {
  TurnOfEach turns(2);
  const auto first = turns.Take("a", absl::InfiniteFuture());
  {
    const auto second = turns.Take("a", absl::InfiniteFuture());
    EXPECT_FALSE(turns.Take("a", absl::Now()).has_value());
  }
  EXPECT_TRUE(turns.Take("a", absl::Now()).has_value());
}

TEST(TurnOfEach, TheNextWaitsForTheEnd) {
  TurnOfEach turns(1);
  std::optional<TurnOfEach::Turn> first = turns.Take("a", absl::InfiniteFuture());
  bool is_second = false;
  std::thread second([&] { is_second = turns.Take("a", absl::InfiniteFuture()).has_value(); });
  first.reset();
  second.join();
  EXPECT_TRUE(is_second);
  EXPECT_TRUE(turns.Take("a", absl::InfinitePast()).has_value());
}

}  // namespace
}  // namespace countersign::base

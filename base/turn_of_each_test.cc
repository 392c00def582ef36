#include "base/turn_of_each.h"

#include <thread>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

bool IsWanted() { return true; }

TEST(TurnOfEach, AnOwnerHasOneAtATime) {
  TurnOfEach turns(1);
  std::optional<TurnOfEach::Turn> first = turns.Take("a", IsWanted, absl::InfiniteFuture());
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(turns.Take("a", IsWanted, absl::InfinitePast()).has_value());
  EXPECT_TRUE(turns.Take("b", IsWanted, absl::InfinitePast()).has_value());
  const TurnOfEach::Turn moved = *std::move(first);
  first.reset();
  EXPECT_FALSE(turns.Take("a", IsWanted, absl::InfinitePast()).has_value());
}

TEST(TurnOfEach, AnOwnerHasSoManyAtOnce) {
  TurnOfEach turns(2);
  const auto first = turns.Take("a", IsWanted, absl::InfiniteFuture());
  {
    const auto second = turns.Take("a", IsWanted, absl::InfiniteFuture());
    EXPECT_FALSE(turns.Take("a", IsWanted, absl::InfinitePast()).has_value());
  }
  EXPECT_TRUE(turns.Take("a", IsWanted, absl::InfinitePast()).has_value());
}

TEST(TurnOfEach, WhatIsTakenAtOnceCountsAlike) {
  TurnOfEach turns(1);
  std::optional<TurnOfEach::Turn> first = turns.TryTake("a");
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(turns.TryTake("a").has_value());
  EXPECT_FALSE(turns.Take("a", IsWanted, absl::InfinitePast()).has_value());
  EXPECT_TRUE(turns.TryTake("b").has_value());
  first.reset();
  EXPECT_TRUE(turns.TryTake("a").has_value());
}

TEST(TurnOfEach, NobodyWaitsForWhatIsNotWanted) {
  TurnOfEach turns(1);
  const auto first = turns.Take("a", IsWanted, absl::InfiniteFuture());
  int asked = 0;
  EXPECT_FALSE(turns
                   .Take(
                       "a", [&] { return ++asked < 2; }, absl::InfiniteFuture())
                   .has_value());
  EXPECT_EQ(asked, 2);
}

TEST(TurnOfEach, TheNextWaitsForTheEnd) {
  TurnOfEach turns(1);
  std::optional<TurnOfEach::Turn> first = turns.Take("a", IsWanted, absl::InfiniteFuture());
  bool is_second = false;
  std::thread second(
      [&] { is_second = turns.Take("a", IsWanted, absl::InfiniteFuture()).has_value(); });
  first.reset();
  second.join();
  EXPECT_TRUE(is_second);
  EXPECT_TRUE(turns.Take("a", IsWanted, absl::InfinitePast()).has_value());
}

}  // namespace
}  // namespace countersign::base

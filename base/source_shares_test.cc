#include "base/source_shares.h"

#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using Claim = SourceShares::Claim;

TEST(SourceShares, WhoWantedNothingMayLeaveTheLineAgain) {
  SourceShares shares(100, 1);
  {
    const auto waiter = shares.Wait("a", 0, [] {});
  }
  EXPECT_EQ(shares.held(), 0u);
  EXPECT_EQ(shares.sources(), 0u);
}

TEST(SourceShares, ASourceAloneHasItsWeightOfTheSum) {
  SourceShares shares(100, /*weight=*/3);
  std::vector<Claim> claims;
  while (std::optional<Claim> claim = shares.TryTake("a", 1)) claims.push_back(*std::move(claim));
  EXPECT_EQ(claims.size(), 75u);
  EXPECT_EQ(shares.held(), 75u);
  claims.pop_back();
  EXPECT_TRUE(shares.TryTake("a", 1).has_value());
}

// What is held is given back one day, and then only those who hold little may take it.
TEST(SourceShares, SomethingIsLeftForTheNextHoweverManyTakeAllTheyMay) {
  SourceShares shares(1000, /*weight=*/3);
  std::vector<std::vector<Claim>> claims(20);
  for (int round = 0; round < 20; ++round) {
    for (size_t source = 0; source < claims.size(); ++source) {
      std::vector<Claim>& its = claims[source];
      if (its.size() > 1) its.erase(its.begin(), its.begin() + its.size() / 2);
      while (std::optional<Claim> claim = shares.TryTake(absl::StrCat(source), 1)) {
        its.push_back(*std::move(claim));
      }
    }
  }
  EXPECT_LT(shares.held(), 1000u);
  EXPECT_TRUE(shares.TryTake("next", 1).has_value());
}

TEST(SourceShares, WhatIsTooMuchIsNotTaken) {
  SourceShares shares(100, /*weight=*/1);
  EXPECT_FALSE(shares.TryTake("a", 101).has_value());
  EXPECT_FALSE(shares.TryTake("a", 51).has_value());
  EXPECT_TRUE(shares.TryTake("a", 50).has_value());
  EXPECT_EQ(shares.held(), 0u);
}

TEST(SourceShares, OfASumOfOneTheOneIsTaken) {
  SourceShares shares(1, /*weight=*/8);
  const std::optional<Claim> claim = shares.TryTake("a", 1);
  EXPECT_TRUE(claim.has_value());
  EXPECT_FALSE(shares.TryTake("b", 1).has_value());
}

TEST(SourceShares, AClaimGrowsShrinksAndMoves) {
  SourceShares shares(100, /*weight=*/1);
  std::optional<Claim> claim = shares.TryTake("a", 10);
  ASSERT_TRUE(claim.has_value());
  EXPECT_TRUE(claim->TryGrow(40));
  EXPECT_FALSE(claim->TryGrow(1));
  claim->ShrinkTo(20);
  EXPECT_EQ(shares.held(), 20u);
  claim->ShrinkTo(30);  // that is no way to grow
  EXPECT_EQ(shares.held(), 20u);
  std::optional<Claim> other = std::move(claim);
  claim.reset();
  EXPECT_EQ(shares.held(), 20u);
  *other = *shares.TryTake("b", 1);
  other.reset();
  EXPECT_EQ(shares.held(), 0u);
}

TEST(SourceShares, WhoHoldsNothingIsForgotten) {
  SourceShares shares(10, /*weight=*/1);
  {
    const std::optional<Claim> some = shares.TryTake("a", 1);
    std::optional<Claim> nothing = shares.TryTake("b", 0);
    ASSERT_TRUE(nothing.has_value());
    EXPECT_EQ(shares.sources(), 1u);
    EXPECT_TRUE(nothing->TryGrow(1));
    EXPECT_EQ(shares.sources(), 2u);
  }
  EXPECT_EQ(shares.sources(), 0u);
}

TEST(SourceShares, AClaimIsResizedWhereThereIsRoom) {
  SourceShares shares(100, /*weight=*/1);
  std::optional<Claim> claim = shares.TryTake("a", 10);
  ASSERT_TRUE(claim.has_value());
  EXPECT_TRUE(claim->TryResize(50));
  EXPECT_FALSE(claim->TryResize(51));
  EXPECT_EQ(claim->amount(), 50u);
  EXPECT_TRUE(claim->TryResize(5));
  EXPECT_EQ(shares.held(), 5u);
}

TEST(SourceShares, WhoWaitsIsCalledAsSoonAsThereIsRoom) {
  SourceShares shares(100, /*weight=*/1);
  std::optional<Claim> all = shares.TryTake("a", 50);
  int calls = 0;
  const auto waiter = shares.Wait("a", 20, [&] { ++calls; });
  EXPECT_FALSE(waiter->Take().has_value());
  all->ShrinkTo(31);
  EXPECT_EQ(calls, 0);
  all->ShrinkTo(30);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(shares.held(), 50u);
  const std::optional<Claim> claim = waiter->Take();
  ASSERT_TRUE(claim.has_value());
  EXPECT_EQ(claim->amount(), 20u);
  EXPECT_FALSE(waiter->Take().has_value());
  EXPECT_EQ(shares.held(), 50u);
}

TEST(SourceShares, WhoeverHasNoRoomLetsOthersPast) {
  SourceShares shares(100, /*weight=*/1);
  std::optional<Claim> flood = shares.TryTake("flood", 50);
  std::optional<Claim> other = shares.TryTake("other", 20);
  ASSERT_TRUE(flood.has_value() && other.has_value());
  const auto never = shares.Wait("flood", 60, [] { ADD_FAILURE(); });
  int calls = 0;
  const auto first = shares.Wait("innocent", 16, [&] { ++calls; });
  const auto second = shares.Wait("innocent", 16, [&] { ++calls; });
  other.reset();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(first->Take().has_value());
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(second->Take().has_value());
}

TEST(SourceShares, WhatNobodyTakesOrWaitsForIsGivenBack) {
  SourceShares shares(100, /*weight=*/1);
  std::optional<Claim> all = shares.TryTake("a", 50);
  auto gone = shares.Wait("a", 50, [] { ADD_FAILURE(); });
  auto granted = shares.Wait("a", 50, [] {});
  gone.reset();
  all.reset();
  EXPECT_EQ(shares.held(), 50u);
  granted.reset();
  EXPECT_EQ(shares.held(), 0u);
}

TEST(SourceShares, WaitsForRoomUntilTheDeadline) {
  SourceShares shares(10, /*weight=*/1);
  std::optional<Claim> all = shares.TryTake("a", 5);
  EXPECT_FALSE(shares.Take("a", 1, absl::InfinitePast()).has_value());
  std::thread waits([&] { EXPECT_TRUE(shares.Take("a", 5, Soon()).has_value()); });
  EXPECT_TRUE(shares.Take("b", 2, absl::InfinitePast()).has_value());
  all.reset();
  waits.join();
}

}  // namespace
}  // namespace countersign::base

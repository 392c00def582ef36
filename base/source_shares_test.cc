#include "base/source_shares.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/share_rule.h"
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

constexpr SourceShares::Rules kThreeQuarters = {.source = {.weight = 3}, .group = {.weight = 3}};

// Takes all that there is room for.
std::vector<Claim> TakeAll(SourceShares& shares, std::string_view source, std::string_view group) {
  std::vector<Claim> claims;
  while (std::optional<Claim> claim = shares.TryTake(source, group, 1)) {
    claims.push_back(*std::move(claim));
  }
  return claims;
}

TEST(SourceSharesOfGroups, AGroupAloneHasItsWeightOfItsSourcesPart) {
  SourceShares shares(96, kThreeQuarters);
  // Three quarters of three quarters.
  const std::vector<Claim> claims = TakeAll(shares, "a", "x");
  EXPECT_EQ(claims.size(), 54u);
  EXPECT_EQ(shares.held(), 54u);
  EXPECT_EQ(shares.refused(), 1u);
}

TEST(SourceSharesOfGroups, AGroupLeavesSomethingForTheNextOfItsSource) {
  SourceShares shares(96, kThreeQuarters);
  const std::vector<Claim> of_first = TakeAll(shares, "a", "x");
  EXPECT_EQ(TakeAll(shares, "a", "y").size(), 13u);
}

TEST(SourceSharesOfGroups, HoweverManyGroupsASourceHasSomethingIsLeftForOthers) {
  SourceShares shares(96, kThreeQuarters);
  std::vector<std::vector<Claim>> claims;
  for (int i = 0; i < 100; ++i) claims.push_back(TakeAll(shares, "a", absl::StrCat(i)));
  EXPECT_LE(shares.held(), 72u);
  EXPECT_EQ(TakeAll(shares, "b", "x").size(), 13u);
}

TEST(SourceSharesOfGroups, WhatIsTooMuchIsNotTaken) {
  SourceShares shares(96, kThreeQuarters);
  EXPECT_FALSE(shares.TryTake("a", "x", 97).has_value());
  EXPECT_FALSE(shares.TryTake("a", "x", 55).has_value());
  EXPECT_EQ(shares.held(), 0u);
  EXPECT_EQ(shares.sources(), 0u);
  EXPECT_TRUE(shares.TryTake("a", "x", 54).has_value());
}

TEST(SourceSharesOfGroups, AClaimGrowsAsFarAsThereIsRoom) {
  SourceShares shares(96, kThreeQuarters);
  std::optional<Claim> claim = shares.TryTake("a", "x", 40);
  ASSERT_TRUE(claim.has_value());
  EXPECT_TRUE(claim->TryGrow(14));
  EXPECT_FALSE(claim->TryGrow(1));
  EXPECT_EQ(claim->amount(), 54u);
  claim.reset();
  EXPECT_EQ(shares.held(), 0u);
}

TEST(SourceSharesOfGroups, WhoHoldsNothingIsForgotten) {
  SourceShares shares(96, kThreeQuarters);
  {
    std::optional<Claim> of_one = shares.TryTake("a", "x", 1);
    const std::optional<Claim> of_another = shares.TryTake("a", "y", 1);
    const std::optional<Claim> nothing = shares.TryTake("b", "x", 0);
    EXPECT_TRUE(nothing.has_value());
    EXPECT_EQ(shares.sources(), 1u);
    // What was moved from gives nothing back.
    const Claim moved = *std::move(of_one);
    of_one.reset();
    EXPECT_EQ(shares.held(), 2u);
  }
  EXPECT_EQ(shares.sources(), 0u);
  EXPECT_EQ(shares.held(), 0u);
}

TEST(SourceSharesOfGroups, WhoeverWaitsForHisGroupLetsOthersOfTheSourcePast) {
  SourceShares shares(96, kThreeQuarters);
  std::optional<Claim> all = shares.TryTake("a", "x", 54);
  std::optional<Claim> most = shares.TryTake("a", "y", 13);
  ASSERT_TRUE(all.has_value() && most.has_value());
  auto never = shares.Wait("a", "x", 14, [] { ADD_FAILURE(); });
  int calls = 0;
  const auto waiter = shares.Wait("a", "z", 13, [&] { ++calls; });
  EXPECT_EQ(calls, 0);
  most.reset();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(waiter->Take()->amount(), 13u);
  never.reset();
  all.reset();
  EXPECT_EQ(shares.sources(), 0u);
}

TEST(SourceShares, ASumMayBeAsLargeAsCanBe) {
  constexpr size_t kMost = std::numeric_limits<size_t>::max();
  SourceShares shares(kMost, {.source = {.weight = 1'000'000}, .group = {.weight = 8}});
  const std::optional<Claim> claim = shares.TryTake("a", "x", kMost / 2);
  ASSERT_TRUE(claim.has_value());
  EXPECT_FALSE(shares.TryTake("a", "x", kMost / 2).has_value());
  EXPECT_FALSE(shares.TryTake("b", "x", kMost).has_value());
  EXPECT_TRUE(shares.TryTake("b", "x", kMost / 4).has_value());
}

// Sources and their groups that take, grow, shrink and give back as it comes.
class Crowd {
 public:
  Crowd(SourceShares& shares, uint32_t seed, size_t sources)
      : shares_(shares), random_(seed), sources_(sources) {}

  void DoSomething() {
    const size_t amount = Amount();
    if (claims_.empty() || Below(3) == 0) {
      const std::string source = absl::StrCat("s", Below(sources_));
      std::optional<Claim> claim = shares_.TryTake(source, absl::StrCat(Below(5)), amount);
      if (claim.has_value()) claims_.push_back({source, *std::move(claim)});
      return;
    }
    std::swap(claims_[Below(claims_.size())], claims_.back());
    Claim& claim = claims_.back().claim;
    switch (Below(6)) {
      case 0:
        claims_.pop_back();
        break;
      case 1:
        claim.ShrinkTo(claim.amount() / 2);
        break;
      case 2:
        claim.TryResize(amount);
        break;
      default:
        claim.TryGrow(amount);
    }
  }

  size_t held() const {
    size_t all = 0;
    for (const Held& held : claims_) all += held.claim.amount();
    return all;
  }
  size_t sources() const {
    std::set<std::string> sources;
    for (const Held& held : claims_) {
      if (held.claim.amount() > 0) sources.insert(held.source);
    }
    return sources.size();
  }

 private:
  struct Held {
    std::string source;
    Claim claim;
  };

  size_t Below(size_t end) { return random_() % end; }
  // Of all sizes, and now and then all that is left or nearly.
  size_t Amount() {
    const size_t left = shares_.total() - shares_.held();
    if (Below(4) == 0) return left - std::min(left, Below(3));
    return 1 + Below((left >> Below(16)) + 2);
  }

  SourceShares& shares_;
  std::mt19937 random_;
  const size_t sources_;
  std::vector<Held> claims_;
};

// What the rule promises, whatever has been taken and given back before: n sources leave at least
// 1/(weight + 1)^n of the sum. One leaves 1/(weight + 1), however many groups it has.
TEST(SourceSharesOfGroups, WhateverComesTheNextFindsItsPartOfWhatIsLeft) {
  constexpr size_t kTotal = 1'000'003;
  for (const size_t weight : {1, 2, 3}) {
    for (const ShareRule& of_group :
         {ShareRule{.weight = 1}, ShareRule{.weight = 2, .least = 1}, ShareRule{.weight = 100}}) {
      for (size_t sources = 1; sources <= 4; ++sources) {
        SourceShares shares(kTotal, {.source = {.weight = weight}, .group = of_group});
        Crowd crowd(shares, /*seed=*/20240807, sources);
        for (int i = 0; i < 1000; ++i) {
          crowd.DoSomething();
          ASSERT_EQ(shares.held(), crowd.held());
          ASSERT_EQ(shares.sources(), crowd.sources());
          ASSERT_LE(shares.held(), kTotal);
          size_t parts = 1;
          for (size_t n = crowd.sources(); n > 0; --n) parts *= weight + 1;
          const size_t left = kTotal - shares.held();
          ASSERT_GE(left * parts, kTotal);
          const size_t of_next = kTotal * weight / (parts * (weight + 1));
          const size_t of_its_group = of_next * of_group.weight / (of_group.weight + 1);
          ASSERT_GT(of_its_group, 0u);
          ASSERT_TRUE(shares.TryTake("next", "its", of_its_group).has_value());
        }
      }
    }
  }
}

TEST(SourceShares, WhateverComesTheNextFindsItsPartOfWhatIsLeft) {
  constexpr size_t kTotal = 10'007;
  for (const size_t weight : {1, 3, 8}) {
    for (size_t sources = 1; sources <= 3; ++sources) {
      SourceShares shares(kTotal, weight);
      Crowd crowd(shares, /*seed=*/20240807, sources);
      for (int i = 0; i < 1000; ++i) {
        crowd.DoSomething();
        ASSERT_EQ(shares.held(), crowd.held());
        ASSERT_LE(shares.held(), kTotal);
        size_t parts = 1;
        for (size_t n = crowd.sources(); n > 0; --n) parts *= weight + 1;
        ASSERT_GE((kTotal - shares.held()) * parts, kTotal);
        ASSERT_TRUE(shares.TryTake("next", kTotal * weight / (parts * (weight + 1))).has_value());
      }
    }
  }
}

}  // namespace
}  // namespace countersign::base

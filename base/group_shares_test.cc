#include "base/group_shares.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using Claim = GroupShares::Claim;

// Takes all that there is room for.
std::vector<Claim> TakeAll(GroupShares& shares, std::string_view source, std::string_view group) {
  std::vector<Claim> claims;
  while (std::optional<Claim> claim = shares.TryTake(source, group, 1)) {
    claims.push_back(*std::move(claim));
  }
  return claims;
}

TEST(GroupShares, AGroupAloneHasItsWeightOfItsSourcesPart) {
  GroupShares shares(96, {.source = 3, .group = 3});
  // Three quarters of three quarters.
  const std::vector<Claim> claims = TakeAll(shares, "a", "x");
  EXPECT_EQ(claims.size(), 54u);
  EXPECT_EQ(shares.held(), 54u);
  EXPECT_EQ(shares.refused(), 1u);
}

TEST(GroupShares, AGroupLeavesSomethingForTheNextOfItsSource) {
  GroupShares shares(96, {.source = 3, .group = 3});
  const std::vector<Claim> of_first = TakeAll(shares, "a", "x");
  EXPECT_EQ(TakeAll(shares, "a", "y").size(), 13u);
}

TEST(GroupShares, HoweverManyGroupsASourceHasSomethingIsLeftForOthers) {
  GroupShares shares(96, {.source = 3, .group = 3});
  std::vector<std::vector<Claim>> claims;
  for (int i = 0; i < 100; ++i) claims.push_back(TakeAll(shares, "a", absl::StrCat(i)));
  EXPECT_LE(shares.held(), 72u);
  EXPECT_EQ(TakeAll(shares, "b", "x").size(), 13u);
}

TEST(GroupShares, WhatIsTooMuchIsNotTaken) {
  GroupShares shares(96, {.source = 3, .group = 3});
  EXPECT_FALSE(shares.TryTake("a", "x", 97).has_value());
  EXPECT_FALSE(shares.TryTake("a", "x", 55).has_value());
  EXPECT_EQ(shares.held(), 0u);
  EXPECT_EQ(shares.sources(), 0u);
  EXPECT_TRUE(shares.TryTake("a", "x", 54).has_value());
}

TEST(GroupShares, AClaimGrowsAsFarAsThereIsRoom) {
  GroupShares shares(96, {.source = 3, .group = 3});
  std::optional<Claim> claim = shares.TryTake("a", "x", 40);
  ASSERT_TRUE(claim.has_value());
  EXPECT_TRUE(claim->TryGrow(14));
  EXPECT_FALSE(claim->TryGrow(1));
  EXPECT_EQ(claim->amount(), 54u);
  claim.reset();
  EXPECT_EQ(shares.held(), 0u);
}

TEST(GroupShares, WhoHoldsNothingIsForgotten) {
  GroupShares shares(96, {.source = 3, .group = 3});
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

}  // namespace
}  // namespace countersign::base

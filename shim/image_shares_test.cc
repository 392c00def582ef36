#include "shim/image_shares.h"

#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using Claim = ImageShares::Claim;

constexpr absl::Time kNow = absl::InfinitePast();

std::vector<Claim> TakeAll(ImageShares& shares, std::string_view caller, std::string_view group) {
  std::vector<Claim> claims;
  while (std::optional<Claim> claim = shares.Take(caller, group, 1, kNow)) {
    claims.push_back(*std::move(claim));
  }
  return claims;
}

TEST(ImageShares, ANamespaceAloneHasTwoThirdsOfItsCallersHalf) {
  ImageShares shares(60);
  EXPECT_FALSE(shares.Take("api", "shop", 21, kNow).has_value());
  EXPECT_TRUE(shares.Take("api", "shop", 20, kNow).has_value());
  EXPECT_EQ(TakeAll(shares, "api", "shop").size(), 20u);
  EXPECT_EQ(shares.inside(), 0u) << "what was held is given back";
}

TEST(ImageShares, SomethingIsLeftForTheCallersOtherNamespacesAndForOtherCallers) {
  ImageShares shares(6000);
  std::vector<std::vector<Claim>> held;
  for (int i = 0; i < 6; ++i) {
    held.push_back(TakeAll(shares, "api", absl::StrCat("mallory-", i)));
    EXPECT_GT(held.back().size(), 0u);
  }
  EXPECT_TRUE(shares.Take("api", "shop", 1, kNow).has_value());
  EXPECT_TRUE(shares.Take("another", "shop", 500, kNow).has_value());
}

TEST(ImageShares, WithoutWaitingThereIsTheSameRoom) {
  ImageShares shares(60);
  {
    const std::optional<Claim> all = shares.TryTake("api", "shop", 20);
    ASSERT_TRUE(all.has_value());
    EXPECT_EQ(shares.inside(), 20u);
    EXPECT_FALSE(shares.TryTake("api", "shop", 1).has_value());
    EXPECT_EQ(shares.inside(), 20u) << "who got no room does not wait, either";
    EXPECT_TRUE(shares.TryTake("api", "other", 1).has_value());
  }
  EXPECT_EQ(shares.inside(), 0u);
}

TEST(ImageShares, OfALittleSumOneIsTaken) {
  ImageShares shares(6);
  const std::optional<Claim> one = shares.Take("api", "shop", 1, kNow);
  EXPECT_TRUE(one.has_value());
}

TEST(ImageShares, TheLastOneIsForNobodyAndOfOneThereIsNone) {
  ImageShares two(2);
  const std::optional<Claim> one = two.Take("api", "shop", 1, kNow);
  EXPECT_TRUE(one.has_value());
  EXPECT_FALSE(two.Take("another", "shop", 1, kNow).has_value());
  EXPECT_FALSE(ImageShares(1).Take("api", "shop", 1, kNow).has_value());
}

TEST(ImageShares, WhatANamespaceHasWaitingCountsAsItsOwnAndTheRestIsRefusedAtOnce) {
  ImageShares shares(60);
  std::optional<Claim> others = shares.Take("api", "shop", 10, kNow);
  std::optional<Claim> first = shares.Take("api", "mallory", 10, kNow);
  ASSERT_TRUE(others.has_value() && first.has_value());
  std::thread waits(
      [&] { EXPECT_TRUE(shares.Take("api", "mallory", 10, base::Soon()).has_value()); });
  EXPECT_TRUE(base::Eventually([&] { return shares.inside() == 30; }));
  // Would never come back if it waited.
  EXPECT_FALSE(shares.Take("api", "mallory", 1, absl::InfiniteFuture()).has_value());
  EXPECT_TRUE(shares.Take("api", "garden", 1, kNow).has_value());
  first.reset();
  others.reset();
  waits.join();
  EXPECT_EQ(shares.inside(), 0u);
}

TEST(ImageShares, WhoWaitedInVainHasLeft) {
  ImageShares shares(60);
  std::optional<Claim> others = shares.Take("api", "shop", 18, kNow);
  ASSERT_TRUE(others.has_value());
  EXPECT_FALSE(shares.Take("api", "mallory", 18, kNow).has_value());
  EXPECT_EQ(shares.inside(), 18u);
}

}  // namespace
}  // namespace countersign::shim

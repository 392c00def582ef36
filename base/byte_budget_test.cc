#include "base/byte_budget.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

constexpr ByteBudget::Options kOptions = {.total = 640, .of_account = 300};

TEST(ByteBudget, CountsWhatIsHeldUntilItIsGivenBack) {
  ByteBudget budget(kOptions);
  {
    const std::shared_ptr<HeldBytes> held = budget.OpenAccount()->Hold();
    EXPECT_TRUE(held->Take(100));
    EXPECT_TRUE(held->Take(50));
    EXPECT_EQ(budget.held(), 150u);
    held->KeepOnly(20);
    held->KeepOnly(60);
    EXPECT_EQ(held->bytes(), 20u);
    EXPECT_EQ(budget.held(), 20u);
  }
  EXPECT_EQ(budget.held(), 0u);
  EXPECT_EQ(budget.most_held(), 150u);
}

TEST(ByteBudget, AnAccountHasNoMoreThanItsPartWhateverHoldsIt) {
  ByteBudget budget(kOptions);
  const std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();
  const std::shared_ptr<HeldBytes> one = account->Hold();
  const std::shared_ptr<HeldBytes> other = account->Hold();
  EXPECT_TRUE(one->Take(200));
  EXPECT_FALSE(other->Take(101));
  EXPECT_TRUE(other->Take(100));
  EXPECT_EQ(budget.refused(), 1u);
  EXPECT_TRUE(budget.OpenAccount()->Hold()->Take(100));
}

TEST(ByteBudget, KeepsTheLastQuarterForThoseWhoHoldLittle) {
  ByteBudget budget(kOptions);
  const std::shared_ptr<HeldBytes> greedy = budget.OpenAccount()->Hold();
  const std::shared_ptr<HeldBytes> greedy_too = budget.OpenAccount()->Hold();
  EXPECT_TRUE(greedy->Take(300));
  EXPECT_TRUE(greedy_too->Take(180));
  const std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();
  const std::shared_ptr<HeldBytes> little = account->Hold();
  EXPECT_FALSE(little->Take(11));
  EXPECT_TRUE(little->Take(10));
  // Of several things that are each little, the sum counts.
  EXPECT_FALSE(account->Hold()->Take(1));
  EXPECT_FALSE(greedy_too->Take(1));
  std::vector<std::shared_ptr<HeldBytes>> others;
  for (int i = 0; i < 15; ++i) {
    others.push_back(budget.OpenAccount()->Hold());
    EXPECT_TRUE(others.back()->Take(10)) << i;
  }
  EXPECT_EQ(budget.held(), 640u);
  EXPECT_FALSE(budget.OpenAccount()->Hold()->Take(1));
}

TEST(ByteBudget, AReservationWaitsForRoomUntilItsDeadline) {
  ByteBudget budget(kOptions);
  const std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();
  std::shared_ptr<HeldBytes> held = account->Hold();
  EXPECT_THAT(held->Reserve(300, absl::InfinitePast()), IsOk());
  EXPECT_THAT(account->Hold()->Reserve(1, In(absl::Milliseconds(1))),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  std::thread other([&held] { held = nullptr; });
  const std::shared_ptr<HeldBytes> waiting = account->Hold();
  EXPECT_THAT(waiting->Reserve(300, Soon()), IsOk());
  other.join();
  EXPECT_EQ(budget.held(), 300u);
}

TEST(ByteBudget, AReservationEndsWhenNobodyWantsItAnyMore) {
  ByteBudget budget(kOptions);
  const std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();
  const std::shared_ptr<HeldBytes> held = account->Hold();
  ASSERT_THAT(held->Reserve(300, absl::InfinitePast()), IsOk());
  int asked = 0;
  const auto is_wanted = [&] {
    // No lock is held.
    EXPECT_EQ(budget.held(), 300u);
    return ++asked < 3;
  };
  EXPECT_THAT(account->Hold()->Reserve(300, absl::InfiniteFuture(), is_wanted),
              StatusIs(absl::StatusCode::kCancelled, testing::_));
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(budget.held(), 300u);
  EXPECT_EQ(budget.refused(), 0u);
}

TEST(ByteBudget, NobodyWaitsForWhatThereIsNeverRoomFor) {
  ByteBudget budget({.total = 640, .of_account = 600});
  const std::shared_ptr<HeldBytes> held = budget.OpenAccount()->Hold();
  EXPECT_THAT(held->Reserve(601, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  EXPECT_THAT(held->Reserve(481, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  EXPECT_THAT(held->Reserve(480, absl::InfiniteFuture()), IsOk());
}

TEST(ByteBudget, NobodyWaitsForRoomThatHeKeepsHimself) {
  ByteBudget budget(kOptions);
  const std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();
  const std::shared_ptr<HeldBytes> kept = account->Hold();
  const std::shared_ptr<HeldBytes> held = account->Hold();
  ASSERT_TRUE(kept->Take(150));
  ASSERT_TRUE(held->Take(100));
  const auto is_wanted = [] { return false; };  // whoever waits is told so
  EXPECT_THAT(held->Reserve(200, absl::InfiniteFuture(), is_wanted),
              StatusIs(absl::StatusCode::kCancelled, testing::_));
  EXPECT_THAT(held->Reserve(201, absl::InfiniteFuture(), is_wanted),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  const std::atomic<size_t> kept_bytes = 150;
  EXPECT_THAT(held->Reserve(51, absl::InfiniteFuture(), is_wanted, &kept_bytes),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  EXPECT_THAT(held->Reserve(50, absl::InfiniteFuture(), is_wanted, &kept_bytes), IsOk());
}

TEST(ByteBudget, WhoWaitsLearnsThatHeKeepsTooMuch) {
  ByteBudget budget(kOptions);
  const std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();
  const std::shared_ptr<HeldBytes> others = account->Hold();
  ASSERT_TRUE(others->Take(150));
  std::atomic<size_t> kept = 0;
  int asked = 0;
  const auto is_wanted = [&] {
    kept = 150;
    return ++asked < 3;
  };
  EXPECT_THAT(account->Hold()->Reserve(151, absl::InfiniteFuture(), is_wanted, &kept),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::_));
  EXPECT_EQ(asked, 1);
}

TEST(ByteBudget, WhatIsKeptCountsUntilItIsGivenBack) {
  ByteBudget budget(kOptions);
  const auto kept = std::make_shared<std::atomic<size_t>>(0);
  const std::shared_ptr<ByteBudget::Account> account = budget.OpenAccount();
  std::shared_ptr<HeldBytes> one = account->Hold();
  std::shared_ptr<HeldBytes> other = account->Hold();
  ASSERT_TRUE(one->Take(100));
  ASSERT_TRUE(other->Take(50));
  one->CountAsKept(kept);
  EXPECT_EQ(*kept, 100u);
  other->CountAsKept(kept);
  EXPECT_EQ(*kept, 150u);
  one->KeepOnly(10);
  one->KeepOnly(20);
  EXPECT_EQ(*kept, 60u);
  other = nullptr;
  EXPECT_EQ(*kept, 10u);
  one = nullptr;
  EXPECT_EQ(*kept, 0u);
}

TEST(ByteBudget, ManyAtOnceNeverHoldMoreThanTheTotal) {
  ByteBudget budget(kOptions);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&budget] {
      for (int i = 0; i < 200; ++i) {
        const std::shared_ptr<HeldBytes> held = budget.OpenAccount()->Hold();
        if (held->Take(150)) held->KeepOnly(7);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(budget.most_held(), 640u);
  EXPECT_EQ(budget.held(), 0u);
}

}  // namespace
}  // namespace countersign::base

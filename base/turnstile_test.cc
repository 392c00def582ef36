#include "base/turnstile.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

Share Of(std::string caller, std::string group = "", uint64_t request = 1) {
  return {.caller = std::move(caller), .group = std::move(group), .request = request};
}

// Until so many wait; false if they do not come.
bool AwaitWaiting(const Turnstile& turnstile, size_t count) {
  return Eventually([&] { return turnstile.waiting() == count; });
}

TEST(Turnstile, LetsInOnlySoManyAtATime) {
  Turnstile turnstile(2);
  std::optional<Turnstile::Place> first =
      *turnstile.Enter(Of("a"), nullptr, absl::InfiniteFuture());
  const auto second = turnstile.Enter(Of("b"), nullptr, absl::InfiniteFuture());
  std::atomic<int> let_in = 0;
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      const auto place = turnstile.Enter(Of("c", "", i), nullptr, absl::InfiniteFuture());
      ++let_in;
    });
  }
  EXPECT_TRUE(AwaitWaiting(turnstile, 3));
  EXPECT_EQ(let_in, 0);
  first.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(let_in, 3);
}

TEST(Turnstile, ManyThreadsAreNeverInsideTogether) {
  Turnstile turnstile(1);
  std::atomic<int> inside = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const auto place = turnstile.Enter(Of("a", "", t), nullptr, absl::InfiniteFuture());
        EXPECT_EQ(++inside, 1);
        std::this_thread::yield();
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Turnstile, TakesTurnsByGroupAndNotByWhoCameFirst) {
  Turnstile turnstile(1);
  std::optional<Turnstile::Place> first =
      *turnstile.Enter(Of("a"), nullptr, absl::InfiniteFuture());
  std::string order;
  std::vector<std::thread> threads;
  const auto enter = [&](Share share, char name) {
    threads.emplace_back([&, share, name] {
      const auto place = turnstile.Enter(share, nullptr, absl::InfiniteFuture());
      order += name;
    });
    return AwaitWaiting(turnstile, threads.size());
  };
  for (uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(enter(Of("a", "greedy", i), 'g'));
  ASSERT_TRUE(enter(Of("a", "innocent"), 'i'));
  first.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, "gigg");
}

TEST(Turnstile, AWaitEndsAtItsDeadline) {
  Turnstile turnstile(1);
  std::optional<Turnstile::Place> first =
      *turnstile.Enter(Of("a"), nullptr, absl::InfiniteFuture());
  EXPECT_THAT(turnstile.Enter(Of("b"), nullptr, absl::InfinitePast()).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded, testing::_));
  first.reset();
  EXPECT_THAT(turnstile.Enter(Of("c"), nullptr, absl::InfinitePast()).status(), IsOk());
  EXPECT_EQ(turnstile.waiting(), 0u);
}

TEST(Turnstile, WhatIsNotWantedWhenItsTurnComesIsNotLetIn) {
  Turnstile turnstile(1);
  std::optional<Turnstile::Place> first =
      *turnstile.Enter(Of("a"), nullptr, absl::InfiniteFuture());
  std::atomic<bool> is_wanted = true;
  absl::Status status;
  std::thread thread([&] {
    status = turnstile
                 .Enter(
                     Of("b"), [&] { return is_wanted.load(); }, absl::InfiniteFuture())
                 .status();
  });
  ASSERT_TRUE(AwaitWaiting(turnstile, 1));
  is_wanted = false;
  first.reset();
  thread.join();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, testing::_));
}

}  // namespace
}  // namespace countersign::base

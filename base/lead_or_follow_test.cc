#include "base/lead_or_follow.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using Reading = LeadOrFollow<std::string>;
using Result = absl::StatusOr<std::string>;
using ::testing::_;
using ::testing::Each;

bool Always(const Result&, absl::Time) { return true; }

class LeadOrFollowTest : public testing::Test {
 protected:
  // Somebody on a thread of his own.
  struct Somebody {
    std::optional<Reading::Outcome> outcome;
    std::thread thread;
    ~Somebody() { thread.join(); }
    Reading::Outcome& Wait() {
      if (thread.joinable()) thread.join();
      thread = std::thread([] {});
      return *outcome;
    }
  };

  // Somebody who leads, and whose work has begun and ends when `end` comes.
  std::unique_ptr<Somebody> Lead(absl::Notification* end, Result result) {
    auto leader = std::make_unique<Somebody>();
    absl::Notification begun;
    leader->thread = std::thread([this, leader = leader.get(), &begun, end, result] {
      leader->outcome = reading_.Run("a", {}, Always, [&] {
        begun.Notify();
        EXPECT_TRUE(Await(*end));
        return result;
      });
    });
    EXPECT_TRUE(Await(begun));
    return leader;
  }

  // Somebody who waits for who leads, and would read "own" himself.
  std::unique_ptr<Somebody> Follow(Reading::Terms terms = {}, Reading::WillDo will_do = Always) {
    auto follower = std::make_unique<Somebody>();
    const uint64_t waits = clock_.waits();
    follower->thread = std::thread([this, follower = follower.get(), terms, will_do] {
      follower->outcome = reading_.Run("a", terms, will_do, [this] { return Own(); });
    });
    EXPECT_TRUE(Eventually([&] { return clock_.waits() > waits; }));
    return follower;
  }

  Result Own() {
    ++own_;
    return "own";
  }

  FakeClock clock_;
  std::atomic<int> own_ = 0;
  Reading reading_{&clock_};
};

TEST_F(LeadOrFollowTest, TheFirstDoesItForAll) {
  absl::Notification end;
  const auto leader = Lead(&end, "his");
  std::vector<std::unique_ptr<Somebody>> followers;
  for (int i = 0; i < 20; ++i) followers.push_back(Follow());
  end.Notify();
  EXPECT_EQ(**leader->Wait().value, "his");
  for (const auto& follower : followers) EXPECT_EQ(**follower->Wait().value, "his");
  EXPECT_EQ(own_, 0);
}

TEST_F(LeadOrFollowTest, WhatLastsIsSharedAndNothingIsKept) {
  absl::Notification end;
  {
    const auto leader = Lead(&end, absl::NotFoundError("gone"));
    const auto follower = Follow();
    end.Notify();
    EXPECT_THAT(follower->Wait().value, StatusIs(absl::StatusCode::kNotFound, "gone"));
  }
  EXPECT_EQ(**reading_.Run("a", {}, Always, [this] { return Own(); }).value, "own");
  EXPECT_EQ(**reading_.Run("a", {}, Always, [this] { return Own(); }).value, "own");
  EXPECT_EQ(own_, 2);
}

TEST_F(LeadOrFollowTest, WhenALeaderGivesUpOneOfTheOthersTakesOver) {
  for (const absl::Status& given_up : {absl::CancelledError(), absl::ResourceExhaustedError(""),
                                       absl::DeadlineExceededError("")}) {
    own_ = 0;
    absl::Notification end;
    const auto leader = Lead(&end, given_up);
    std::vector<std::unique_ptr<Somebody>> followers;
    for (int i = 0; i < 5; ++i) followers.push_back(Follow());
    end.Notify();
    EXPECT_EQ(leader->Wait().value.status(), given_up);
    for (const auto& follower : followers) EXPECT_EQ(**follower->Wait().value, "own");
    EXPECT_EQ(own_, 1);
  }
}

TEST_F(LeadOrFollowTest, NobodyIsGivenWhatWillNotDo) {
  absl::Notification end;
  const auto leader = Lead(&end, "his");
  const auto is_better = [](const Result& result, absl::Time) { return *result != "his"; };
  const auto one = Follow({}, is_better);
  const auto other = Follow({}, is_better);
  end.Notify();
  EXPECT_EQ(**one->Wait().value, "own");
  EXPECT_EQ(**other->Wait().value, "own");
  EXPECT_EQ(own_, 1);
  EXPECT_EQ(**leader->Wait().value, "his");
}

TEST_F(LeadOrFollowTest, WhatBeganTooEarlyIsNotWaitedFor) {
  absl::Notification end;
  const auto leader = Lead(&end, "his");
  const absl::Time began = clock_.Now();
  clock_.Advance(absl::Seconds(1));
  const auto fresh =
      reading_.Run("a", {.not_before = clock_.Now()}, Always, [this] { return Own(); });
  EXPECT_EQ(**fresh.value, "own");
  EXPECT_EQ(fresh.begun, clock_.Now());
  end.Notify();
  EXPECT_EQ(leader->Wait().begun, began);
  // Who comes now is given the newer one.
  EXPECT_EQ(reading_.Run("a", {}, Always, [this] { return Own(); }).begun, clock_.Now());
  EXPECT_EQ(own_, 1);
}

TEST_F(LeadOrFollowTest, WhoHasWaitedLongEnoughDoesItHimself) {
  absl::Notification end;
  const auto leader = Lead(&end, "his");
  const auto follower = Follow({.patience = absl::Seconds(2)});
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(**follower->Wait().value, "own");
  end.Notify();
}

TEST_F(LeadOrFollowTest, WaitingEndsAtTheDeadlineOrWhenItIsNotWanted) {
  absl::Notification end;
  const auto leader = Lead(&end, "his");
  std::atomic<bool> is_wanted = true;
  const auto late = Follow({.deadline = clock_.Now() + absl::Seconds(1)});
  const auto unwanted = Follow({.is_wanted = [&] { return is_wanted.load(); }});
  is_wanted = false;
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_THAT(unwanted->Wait().value, StatusIs(absl::StatusCode::kCancelled, _));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(late->Wait().value, StatusIs(absl::StatusCode::kDeadlineExceeded, _));
  EXPECT_EQ(own_, 0);
  end.Notify();
}

TEST_F(LeadOrFollowTest, WhatSomebodyHoldsIsThereForWhoComesLater) {
  auto held = reading_.Run("a", {}, Always, [this] { return Own(); });
  const auto other = reading_.Run("a", {}, Always, [this] { return Own(); });
  EXPECT_EQ(held.value->get(), other.value->get());
  EXPECT_EQ(reading_.Run("b", {}, Always, [this] { return Own(); }).begun, clock_.Now());
  EXPECT_EQ(own_, 2);
}

TEST_F(LeadOrFollowTest, ValuesMayOutliveIt) {
  Reading::ValuePtr value;
  {
    Reading reading(&clock_);
    value = *reading.Run("a", {}, Always, [this] { return Own(); }).value;
  }
  EXPECT_EQ(*value, "own");
}

TEST_F(LeadOrFollowTest, ManyThreadsNeverWaitForEachOtherForEver) {
  std::vector<std::thread> threads;
  std::vector<std::string> values(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const auto outcome = reading_.Run("a", {}, Always, [&]() -> Result {
          if (i % 3 == 0) return absl::CancelledError();
          return "value";
        });
        if (outcome.value.ok()) values[t] = **outcome.value;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(values, Each("value"));
}

}  // namespace
}  // namespace countersign::base

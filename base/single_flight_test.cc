#include "base/single_flight.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

constexpr absl::StatusCode kTooLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

using Answer = absl::StatusOr<std::string>;

absl::Time InAMoment() { return In(absl::Milliseconds(30)); }

class SingleFlightTest : public testing::Test {
 protected:
  // A caller on a thread of its own.
  class Caller {
   public:
    Caller(SingleFlight<std::string>& flights, std::string key, absl::Time deadline,
           std::function<Answer()> work)
        : thread_([this, &flights, key, deadline, work] {
            answer_ = flights.Run(key, "lane", Share(), deadline, work);
          }) {}
    Answer Join() {
      thread_.join();
      return answer_;
    }

   private:
    Answer answer_ = absl::UnknownError("not joined");
    std::thread thread_;
  };

  std::unique_ptr<Caller> Call(const std::string& key, std::function<Answer()> work,
                               absl::Time deadline = absl::InfiniteFuture()) {
    return std::make_unique<Caller>(flights_, key, deadline, std::move(work));
  }

  void AwaitWaiting(const std::string& key, int callers) {
    EXPECT_TRUE(Eventually([&] { return flights_.CountWaiting(key) == callers; }));
  }

  // Work that counts itself and answers when the gate is open, the nth time with answers_[n].
  std::function<Answer()> Work() {
    return [shared = shared_] {
      const int run = shared->runs++;
      EXPECT_TRUE(Await(shared->gate));
      return run < static_cast<int>(shared->answers.size()) ? shared->answers[run]
                                                            : Answer("default");
    };
  }

  struct Shared {
    absl::Notification gate;
    std::atomic<int> runs = 0;
    std::vector<Answer> answers;
  };
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  WorkerPool pool_{{.threads = 8}};
  SingleFlight<std::string> flights_{&pool_};
};

TEST_F(SingleFlightTest, GivesTheAnswerOfTheWork) {
  EXPECT_THAT(
      flights_.Run("key", "lane", Share(), absl::InfiniteFuture(), [] { return Answer("a"); }),
      IsOkAndHolds("a"));
}

TEST_F(SingleFlightTest, IsUnderWayBeforeAnybodyWaits) {
  auto first = flights_.Join("first", "lane", Share(), Work());
  auto second = flights_.Join("second", "lane", Share(), Work());
  EXPECT_TRUE(Eventually([&] { return shared_->runs == 2; }));
  shared_->gate.Notify();
  EXPECT_THAT(second.Wait(absl::InfiniteFuture()), IsOkAndHolds("default"));
  EXPECT_THAT(first.Wait(absl::InfiniteFuture()), IsOkAndHolds("default"));
}

TEST_F(SingleFlightTest, SharesOnePieceOfWork) {
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 10; ++i) callers.push_back(Call("key", Work()));
  AwaitWaiting("key", 10);
  shared_->gate.Notify();
  for (const auto& caller : callers) EXPECT_THAT(caller->Join(), IsOkAndHolds("default"));
  EXPECT_EQ(shared_->runs, 1);
}

TEST_F(SingleFlightTest, SharesADefiniteError) {
  shared_->answers = {absl::NotFoundError("no such tag")};
  auto leader = Call("key", Work());
  auto follower = Call("key", Work());
  AwaitWaiting("key", 2);
  shared_->gate.Notify();
  EXPECT_EQ(leader->Join().status(), absl::NotFoundError("no such tag"));
  EXPECT_EQ(follower->Join().status(), absl::NotFoundError("no such tag"));
  EXPECT_EQ(shared_->runs, 1);
}

TEST_F(SingleFlightTest, DoesNotShareTransientErrors) {
  shared_->answers = {absl::UnavailableError("cut short"), "good"};
  auto leader = Call("key", Work());
  AwaitWaiting("key", 1);
  auto follower = Call("key", Work());
  AwaitWaiting("key", 2);
  shared_->gate.Notify();
  EXPECT_EQ(leader->Join().status(), absl::UnavailableError("cut short"));
  EXPECT_THAT(follower->Join(), IsOkAndHolds("good"));
  EXPECT_EQ(shared_->runs, 2);
}

TEST_F(SingleFlightTest, LetsEachCallerStartTheWorkAtMostOnce) {
  constexpr int kCallers = 5;
  shared_->answers.assign(100, absl::UnavailableError("down"));
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < kCallers; ++i) callers.push_back(Call("key", Work()));
  AwaitWaiting("key", kCallers);
  shared_->gate.Notify();
  for (const auto& caller : callers) EXPECT_THAT(caller->Join(), StatusIs(kUnavailable));
  EXPECT_EQ(shared_->runs, kCallers);
}

TEST_F(SingleFlightTest, LetsAFollowerGoAtItsOwnDeadline) {
  auto leader = Call("key", Work());
  AwaitWaiting("key", 1);
  EXPECT_THAT(flights_.Run("key", "lane", Share(), InAMoment(), Work()), StatusIs(kTooLate));
  shared_->gate.Notify();
  EXPECT_THAT(leader->Join(), IsOkAndHolds("default"));
  EXPECT_EQ(shared_->runs, 1);
}

TEST_F(SingleFlightTest, GoesOnWhenTheLeaderGivesUp) {
  EXPECT_THAT(flights_.Run("key", "lane", Share(), InAMoment(), Work()), StatusIs(kTooLate));
  auto follower = Call("key", Work());
  AwaitWaiting("key", 1);
  shared_->gate.Notify();
  EXPECT_THAT(follower->Join(), IsOkAndHolds("default"));
  EXPECT_EQ(shared_->runs, 1);
}

TEST_F(SingleFlightTest, StartsNothingWithoutTime) {
  EXPECT_THAT(flights_.Run("key", "lane", Share(), In(absl::ZeroDuration()), Work()),
              StatusIs(kTooLate));
  EXPECT_THAT(flights_.Run("key", "lane", Share(), absl::InfinitePast(), Work()),
              StatusIs(kTooLate));
  EXPECT_EQ(shared_->runs, 0);
}

TEST_F(SingleFlightTest, KeepsNothing) {
  shared_->gate.Notify();
  shared_->answers = {"first", "second"};
  EXPECT_THAT(flights_.Run("key", "lane", Share(), absl::InfiniteFuture(), Work()),
              IsOkAndHolds("first"));
  EXPECT_THAT(flights_.Run("key", "lane", Share(), absl::InfiniteFuture(), Work()),
              IsOkAndHolds("second"));
  EXPECT_EQ(flights_.CountWaiting("key"), 0);
}

TEST_F(SingleFlightTest, KeepsKeysApart) {
  auto held = Call("held", Work());
  AwaitWaiting("held", 1);
  EXPECT_THAT(
      flights_.Run("free", "lane", Share(), absl::InfiniteFuture(), [] { return Answer("free"); }),
      IsOkAndHolds("free"));
  shared_->gate.Notify();
  EXPECT_THAT(held->Join(), IsOkAndHolds("default"));
}

TEST_F(SingleFlightTest, SaysWhenThePoolTakesNoMore) {
  WorkerPool pool({.threads = 1, .threads_per_lane = 1, .queue_per_lane = 0});
  SingleFlight<std::string> flights(&pool);
  Caller first(flights, "first", absl::InfiniteFuture(), Work());
  EXPECT_TRUE(Eventually([&] { return shared_->runs > 0; }));
  EXPECT_THAT(flights.Run("second", "lane", Share(), absl::InfiniteFuture(), Work()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(flights.CountWaiting("second"), 0);
  shared_->gate.Notify();
  EXPECT_THAT(first.Join(), IsOkAndHolds("default"));
}

TEST_F(SingleFlightTest, WhoSeesWhetherTheWorkHasEndedKeepsHisPart) {
  WorkerPool pool({.threads = 1, .threads_per_lane = 1});
  SingleFlight<std::string> flights(&pool);
  Caller first(flights, "first", absl::InfiniteFuture(), Work());
  EXPECT_TRUE(Eventually([&] { return shared_->runs == 1; }));
  auto ticket = flights.Join("second", "lane", Share(), Work());
  EXPECT_FALSE(ticket.AwaitEnd(absl::InfinitePast()));
  EXPECT_FALSE(ticket.AwaitEnd(InAMoment()));
  shared_->gate.Notify();
  EXPECT_TRUE(ticket.AwaitEnd(Soon()));
  EXPECT_THAT(ticket.Wait(absl::InfinitePast()), IsOkAndHolds("default"));
  EXPECT_THAT(first.Join(), IsOkAndHolds("default"));
}

TEST_F(SingleFlightTest, WhatBeganBeforeItWasJoinedIsTakenOnlyByWhomItWillDoFor) {
  shared_->answers = {"old", "new", "newest"};
  const auto join = [this](SingleFlight<std::string>::WillDo will_do) {
    return flights_.JoinWatchful(
        "key", "lane", Share(), [work = Work()](const WorkerPool::Wanted&) { return work(); },
        std::move(will_do));
  };
  const auto never = [](const Answer&) { return false; };
  auto first = join(never);
  EXPECT_TRUE(Eventually([&] { return shared_->runs == 1; }));
  auto content = join([](const Answer& answer) { return answer.ok() && *answer == "old"; });
  auto later = join(never);
  shared_->gate.Notify();
  EXPECT_THAT(first.Wait(absl::InfiniteFuture()), IsOkAndHolds("old"));
  EXPECT_THAT(content.Wait(absl::InfiniteFuture()), IsOkAndHolds("old"));
  // What has begun since is not asked about.
  EXPECT_THAT(later.Wait(absl::InfiniteFuture()), IsOkAndHolds("new"));
  EXPECT_EQ(shared_->runs, 2);
}

TEST_F(SingleFlightTest, WhoWaitsForTheEndIsPutInLineOnceMoreWhereItIsNoAnswer) {
  shared_->answers = {"old", "new"};
  const auto join = [this] {
    return flights_.JoinWatchful(
        "key", "lane", Share(), [work = Work()](const WorkerPool::Wanted&) { return work(); },
        [](const Answer&) { return false; });
  };
  auto first = join();
  EXPECT_TRUE(Eventually([&] { return shared_->runs == 1; }));
  auto later = join();
  shared_->gate.Notify();
  EXPECT_TRUE(first.AwaitEnd(Soon()));
  EXPECT_TRUE(later.AwaitEnd(Soon()));
  // Nothing is left to wait for.
  EXPECT_THAT(first.Wait(absl::InfinitePast()), IsOkAndHolds("old"));
  EXPECT_THAT(later.Wait(absl::InfinitePast()), IsOkAndHolds("new"));
}

// One thread, which is held until `release`.
class HeldPool {
 public:
  HeldPool() {
    EXPECT_THAT(pool_.Schedule("lane", [this] { EXPECT_TRUE(Await(release_)); }), IsOk());
  }
  WorkerPool& pool() { return pool_; }
  void Release() { release_.Notify(); }

 private:
  absl::Notification release_;
  WorkerPool pool_{{.threads = 1, .threads_per_lane = 1, .queue_per_lane = 100}};
};

TEST_F(SingleFlightTest, DoesNotBeginWhatNobodyWaitsForAnyMore) {
  HeldPool held;
  SingleFlight<std::string> flights(&held.pool());
  std::atomic<int> runs = 0;
  const auto work = [&runs] {
    ++runs;
    return Answer("late");
  };
  { auto given_up = flights.Join("given up", "lane", Share(), work); }
  EXPECT_THAT(flights.Run("timed out", "lane", Share(), InAMoment(), work), StatusIs(kTooLate));
  // Who joins after that is served all the same.
  { auto given_up = flights.Join("again", "lane", Share(), work); }
  auto again = flights.Join("again", "lane", Share(), work);
  held.Release();
  EXPECT_THAT(again.Wait(absl::InfiniteFuture()), IsOkAndHolds("late"));
  EXPECT_EQ(runs, 1);
  EXPECT_THAT(flights.Run("given up", "lane", Share(), absl::InfiniteFuture(), work),
              IsOkAndHolds("late"));
}

TEST_F(SingleFlightTest, WhatHadNotBegunWhenItWasJoinedWillDo) {
  HeldPool held;
  SingleFlight<std::string> flights(&held.pool());
  std::atomic<int> runs = 0;
  const auto join = [&] {
    return flights.JoinWatchful(
        "key", "lane", Share(),
        [&runs](const WorkerPool::Wanted&) {
          ++runs;
          return Answer("fresh");
        },
        [](const Answer&) { return false; });
  };
  auto first = join();
  auto second = join();
  held.Release();
  EXPECT_THAT(second.Wait(absl::InfiniteFuture()), IsOkAndHolds("fresh"));
  EXPECT_THAT(first.Wait(absl::InfiniteFuture()), IsOkAndHolds("fresh"));
  EXPECT_EQ(runs, 1);
}

TEST_F(SingleFlightTest, AFollowerIsServedAtItsOwnTurn) {
  HeldPool held;
  SingleFlight<std::string> flights(&held.pool());
  const Share crowd = {.caller = "crowd"};
  const Share other = {.caller = "other"};
  std::vector<std::string> order;
  const auto work = [&order](std::string key) {
    return [&order, key] {
      order.push_back(key);
      return Answer(key);
    };
  };
  std::vector<SingleFlight<std::string>::Ticket> tickets;
  for (int i = 0; i < 20; ++i) {
    const std::string key = absl::StrCat("crowd", i);
    tickets.push_back(flights.Join(key, "lane", crowd, work(key)));
  }
  // The last of the crowd's.
  auto follower = flights.Join("crowd19", "lane", other, work("crowd19"));
  held.Release();
  EXPECT_THAT(follower.Wait(absl::InfiniteFuture()), IsOkAndHolds("crowd19"));
  for (auto& ticket : tickets) EXPECT_THAT(ticket.Wait(absl::InfiniteFuture()), IsOk());
  ASSERT_EQ(order.size(), 20u);
  EXPECT_EQ(order[1], "crowd19");
}

TEST_F(SingleFlightTest, MayEndBeforeTheWorkThatNobodyWaitsFor) {
  auto flights = std::make_unique<SingleFlight<std::string>>(&pool_);
  EXPECT_THAT(flights->Run("key", "lane", Share(), InAMoment(), Work()), StatusIs(kTooLate));
  flights.reset();
  shared_->gate.Notify();
}

TEST_F(SingleFlightTest, GivesEveryCallerItsKeysAnswer) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string key = absl::StrCat((i * 5 + t) % 3);
        const bool fails = i % 4 == 0;
        const Answer answer =
            flights_.Run(key, key, Share(), absl::InfiniteFuture(), [key, fails]() -> Answer {
              if (fails) return absl::UnavailableError(key);
              return key;
            });
        EXPECT_EQ(answer.ok() ? *answer : answer.status().message(), key);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SingleFlight, WatchfulWorkHearsThatNobodyWaitsAnyMore) {
  absl::Notification begun;
  absl::Notification given_up;
  absl::Notification heard;
  WorkerPool pool({.threads = 1});
  SingleFlight<int> flights(&pool);
  {
    auto ticket = flights.JoinWatchful(
        "key", "lane", Share(), [&](const WorkerPool::Wanted& is_wanted) -> absl::StatusOr<int> {
          EXPECT_TRUE(is_wanted());
          begun.Notify();
          EXPECT_TRUE(Await(given_up));
          EXPECT_FALSE(is_wanted());
          heard.Notify();
          return absl::CancelledError("nobody waits");
        });
    EXPECT_TRUE(Await(begun));
  }
  given_up.Notify();
  EXPECT_TRUE(Await(heard));
}

TEST(SingleFlight, WhoNoLongerWantsTheAnswerGivesUpHisPart) {
  absl::Notification begun;
  absl::Notification unwanted;
  WorkerPool pool({.threads = 1});
  SingleFlight<int> flights(&pool);
  int asked = 0;
  const absl::StatusOr<int> answer = flights.RunWatchful(
      "key", "lane", {}, absl::InfiniteFuture(),
      [&] {
        // Else it would be dropped.
        EXPECT_TRUE(Await(begun));
        return ++asked < 3;
      },
      [&](const WorkerPool::Wanted& is_wanted) -> absl::StatusOr<int> {
        begun.Notify();
        EXPECT_TRUE(Eventually([&] { return !is_wanted(); }));
        unwanted.Notify();
        return 1;
      });
  EXPECT_THAT(answer, StatusIs(absl::StatusCode::kCancelled, testing::_));
  EXPECT_EQ(asked, 3);
  EXPECT_TRUE(Await(unwanted));
}

// Says what it is told to, and counts how often its work was put in line.
class TestProgress final : public Progress {
 public:
  explicit TestProgress(std::string what) : what_(std::move(what)) {}
  void PutInLine() override { ++in_line; }
  std::string WhatTook() const override { return what_; }

  std::atomic<int> in_line = 0;

 private:
  const std::string what_;
};

TEST(SingleFlight, WhoWaitsInVainHearsWhatTookTheTimeOfWhoeverStartedTheWork) {
  absl::Notification gate;
  WorkerPool pool({.threads = 1});
  SingleFlight<int> flights(&pool);
  const auto first_progress = std::make_shared<TestProgress>("the first's");
  const auto second_progress = std::make_shared<TestProgress>("the second's");
  const auto silent = std::make_shared<TestProgress>("");
  const auto join = [&](std::string_view key, const std::shared_ptr<Progress>& progress) {
    return flights.JoinWatchful(
        key, "lane", {},
        [&gate](const WorkerPool::Wanted&) -> absl::StatusOr<int> {
          EXPECT_TRUE(Await(gate));
          return 1;
        },
        nullptr, progress);
  };
  const auto late = [](std::string_view message) {
    return StatusIs(absl::StatusCode::kDeadlineExceeded, std::string(message));
  };
  auto first = join("key", first_progress);
  auto second = join("key", second_progress);
  EXPECT_THAT(second.Wait(absl::InfinitePast()), late("no answer in time: the first's"));
  EXPECT_THAT(first.Wait(absl::InfinitePast()), late("no answer in time: the first's"));
  EXPECT_THAT(join("of its own", second_progress).Wait(absl::InfinitePast()),
              late("no answer in time: the second's"));
  EXPECT_THAT(join("silent", silent).Wait(absl::InfinitePast()), late("no answer in time"));
  EXPECT_THAT(join("unkept", nullptr).Wait(absl::InfinitePast()), late("no answer in time"));
  EXPECT_EQ(first_progress->in_line, 1);
  EXPECT_EQ(second_progress->in_line, 1);
  gate.Notify();
}

TEST(SingleFlight, WorkThatIsStartedOnceMoreHasTheProgressOfWhoeverDoes) {
  absl::Notification gate, begun, end;
  WorkerPool pool({.threads = 1});
  SingleFlight<int> flights(&pool);
  const auto first_progress = std::make_shared<TestProgress>("the first's");
  const auto second_progress = std::make_shared<TestProgress>("the second's");
  auto first = flights.JoinWatchful(
      "key", "lane", {},
      [&](const WorkerPool::Wanted&) -> absl::StatusOr<int> {
        EXPECT_TRUE(Await(gate));
        return absl::UnavailableError("away");
      },
      nullptr, first_progress);
  auto second = flights.JoinWatchful(
      "key", "lane", {},
      [&](const WorkerPool::Wanted&) -> absl::StatusOr<int> {
        begun.Notify();
        EXPECT_TRUE(Await(end));
        return 1;
      },
      nullptr, second_progress);
  EXPECT_EQ(second_progress->in_line, 0);
  gate.Notify();
  EXPECT_THAT(first.Wait(Soon()), StatusIs(absl::StatusCode::kUnavailable, "away"));
  // It starts the work once more, and waits no longer.
  EXPECT_TRUE(
      Eventually([&] { return !second.AwaitEnd(InAMoment()) && second_progress->in_line; }));
  EXPECT_TRUE(Await(begun));
  EXPECT_THAT(second.Wait(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "no answer in time: the second's"));
  EXPECT_EQ(first_progress->in_line, 1);
  end.Notify();
}

}  // namespace
}  // namespace countersign::base

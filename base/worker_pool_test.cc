#include "base/worker_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/metrics.h"
#include "base/status_matchers.h"
#include "base/test_threads.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::StatusCode kFull = absl::StatusCode::kResourceExhausted;

// Tasks that wait until they are let go, and tell when they have begun.
class Gate {
 public:
  std::function<void()> Task() {
    return [this] {
      {
        absl::MutexLock lock(&mutex_);
        ++begun_;
      }
      EXPECT_TRUE(Await(open_));
    };
  }

  void AwaitBegun(int tasks) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return begun_ >= tasks; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience));
  }

  int begun() {
    absl::MutexLock lock(&mutex_);
    return begun_;
  }

  void Open() { open_.Notify(); }

 private:
  absl::Mutex mutex_;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Notification open_;
};

TEST(WorkerPool, RunsEveryTask) {
  constexpr int kTasks = 2000;
  std::atomic<int> runs = 0;
  WorkerPool pool({.threads = 4, .threads_per_lane = 2, .queue_per_lane = kTasks});
  for (int i = 0; i < kTasks; ++i) {
    ASSERT_THAT(pool.Schedule(absl::StrCat("lane", i % 7), [&] { ++runs; }), IsOk());
  }
  EXPECT_TRUE(Eventually([&] { return runs == kTasks; }));
}

TEST(WorkerPool, RunsTasksOfALaneInOrder) {
  absl::Mutex mutex;
  std::vector<int> order;
  std::atomic<int> left = 5;
  WorkerPool pool({.threads = 4, .threads_per_lane = 1});
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(pool.Schedule("lane",
                              [&, i] {
                                absl::MutexLock lock(&mutex);
                                order.push_back(i);
                                --left;
                              }),
                IsOk());
  }
  EXPECT_TRUE(Eventually([&] { return left == 0; }));
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST(WorkerPool, RunsTasksOfOneLaneSideBySide) {
  std::atomic<int> here = 0;
  std::atomic<int> left = 3;
  WorkerPool pool({.threads = 4, .threads_per_lane = 3});
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(pool.Schedule("lane",
                              [&] {
                                ++here;
                                EXPECT_TRUE(Eventually([&] { return here == 3; }));
                                --left;
                              }),
                IsOk());
  }
  EXPECT_TRUE(Eventually([&] { return left == 0; }));
}

TEST(WorkerPool, RunsNoMoreThanItsShareOfALane) {
  Gate gate;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> left = 40;
  WorkerPool pool({.threads = 8, .threads_per_lane = 2});
  for (int i = 0; i < 40; ++i) {
    ASSERT_THAT(pool.Schedule("lane",
                              [&] {
                                const int now = ++running;
                                for (int seen = most;
                                     now > seen && !most.compare_exchange_weak(seen, now);) {
                                }
                                gate.Task()();
                                --running;
                                --left;
                              }),
                IsOk());
  }
  gate.AwaitBegun(2);
  EXPECT_EQ(pool.counts().running, 2u);
  EXPECT_EQ(pool.counts().waiting, 38u);
  gate.Open();
  EXPECT_TRUE(Eventually([&] { return left == 0; }));
  EXPECT_EQ(most, 2);
}

TEST(WorkerPool, StartsAThreadForEachTaskThatWaitsForOthers) {
  constexpr int kThreads = 200;
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  WorkerPool pool({.threads = kThreads, .threads_per_lane = kThreads});
  for (int round = 1; round <= 3; ++round) {
    const int all = round * kThreads;
    for (int i = 0; i < kThreads; ++i) {
      ASSERT_THAT(pool.Schedule("lane",
                                [&, all] {
                                  ++begun;
                                  EXPECT_TRUE(Eventually([&] { return begun == all; }));
                                  ++ended;
                                }),
                  IsOk());
    }
    ASSERT_TRUE(Eventually([&] { return ended == all; }));
  }
}

TEST(WorkerPool, StartsNoThreadForATaskThatFindsOneIdle) {
  WorkerPool pool({.threads = 8, .threads_per_lane = 8});
  absl::Mutex mutex;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 100; ++i) {
    absl::Notification done;
    ASSERT_THAT(pool.Schedule("lane",
                              [&] {
                                absl::MutexLock lock(&mutex);
                                threads.insert(std::this_thread::get_id());
                                done.Notify();
                              }),
                IsOk());
    EXPECT_TRUE(Await(done));
    EXPECT_TRUE(Eventually([&pool] { return pool.counts().running == 0; }));
  }
  absl::MutexLock lock(&mutex);
  EXPECT_LT(threads.size(), 8u);
}

TEST(WorkerPool, DoesNotLetAHangingLaneStopAnother) {
  Gate gate;
  WorkerPool pool({.threads = 4, .threads_per_lane = 2});
  for (int i = 0; i < 20; ++i) ASSERT_THAT(pool.Schedule("hanging", gate.Task()), IsOk());
  gate.AwaitBegun(2);
  for (int i = 0; i < 20; ++i) {
    absl::Notification done;
    ASSERT_THAT(pool.Schedule("quick", [&] { done.Notify(); }), IsOk());
    EXPECT_TRUE(Await(done));
  }
  EXPECT_EQ(gate.begun(), 2);
  gate.Open();
}

TEST(WorkerPool, BoundsTheTasksOfALane) {
  Gate gate;
  WorkerPool pool({.threads = 4, .threads_per_lane = 2, .queue_per_lane = 3});
  for (int i = 0; i < 5; ++i) ASSERT_THAT(pool.Schedule("full", gate.Task()), IsOk());
  EXPECT_THAT(pool.Schedule("full", gate.Task()), StatusIs(kFull, HasSubstr("full")));
  EXPECT_THAT(pool.Schedule("other", [] {}), IsOk());
  gate.Open();
}

TEST(WorkerPool, BoundsTheTasksOfAllLanes) {
  Gate gate;
  WorkerPool pool({.threads = 1, .threads_per_lane = 1, .queue = 4});
  ASSERT_THAT(pool.Schedule("first", gate.Task()), IsOk());
  gate.AwaitBegun(1);
  for (int i = 0; i < 4; ++i) ASSERT_THAT(pool.Schedule(absl::StrCat("lane", i), [] {}), IsOk());
  EXPECT_THAT(pool.Schedule("one more", [] {}), StatusIs(kFull));
  gate.Open();
}

TEST(WorkerPool, HasRoomAgainWhenTasksHaveEnded) {
  WorkerPool pool({.threads = 1, .threads_per_lane = 1, .queue_per_lane = 0});
  for (int i = 0; i < 100; ++i) {
    absl::Notification done;
    // The task before has ended, but its thread may not have said so yet.
    EXPECT_TRUE(Eventually([&] { return pool.Schedule("lane", [&] { done.Notify(); }).ok(); }));
    EXPECT_TRUE(Await(done));
  }
}

TEST(WorkerPool, DestroysATaskWhenItHasRun) {
  WorkerPool pool({});
  absl::Notification destroyed;
  std::shared_ptr<int> owned(new int(0), [&](int* value) {
    delete value;
    destroyed.Notify();
  });
  ASSERT_THAT(pool.Schedule("lane", [owned] {}), IsOk());
  owned.reset();
  EXPECT_TRUE(Await(destroyed));
}

TEST(WorkerPool, WaitsForRunningTasksAndDropsTheRestAtItsEnd) {
  Gate gate;
  std::atomic<int> late = 0;
  const auto owned = std::make_shared<int>(0);
  auto pool = std::make_unique<WorkerPool>(WorkerPool::Options{.threads = 1});
  ASSERT_THAT(pool->Schedule("lane", gate.Task()), IsOk());
  gate.AwaitBegun(1);
  for (int i = 0; i < 10; ++i)
    ASSERT_THAT(pool->Schedule("lane", [&late, owned] { ++late; }), IsOk());
  EXPECT_EQ(owned.use_count(), 11);
  std::thread opener([&gate, ending = pool.get()] {
    EXPECT_TRUE(Eventually([=] { return absl::IsUnavailable(ending->Schedule("other", [] {})); }));
    gate.Open();
  });
  pool.reset();
  opener.join();
  EXPECT_EQ(late, 0);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(WorkerPool, TakesNoTaskFromATaskAtItsEnd) {
  absl::Notification begun;
  absl::Status status;
  auto pool = std::make_unique<WorkerPool>(
      WorkerPool::Options{.threads = 1, .queue_per_lane = 1 << 20, .queue = 1 << 20});
  WorkerPool* const raw = pool.get();
  ASSERT_THAT(pool->Schedule("lane",
                             [&, raw] {
                               begun.Notify();
                               // If the pool's end is long in coming, its queue is full meanwhile.
                               const absl::Time end = Soon();
                               do {
                                 status = raw->Schedule("lane", [] {});
                                 std::this_thread::yield();
                               } while (!absl::IsUnavailable(status) && !HasPassed(end));
                             }),
              IsOk());
  EXPECT_TRUE(Await(begun));
  pool.reset();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
}

TEST(WorkerPool, TakesTasksFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 2000;
  std::atomic<int> left = kThreads * kTasks;
  WorkerPool pool({.threads = 4, .threads_per_lane = 2, .queue_per_lane = 100000});
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) {
        EXPECT_THAT(pool.Schedule(absl::StrCat((t + i) % 5), [&] { --left; }), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([&] { return left == 0; }));
}

Share Of(std::string caller, std::string group = "", uint64_t request = 0) {
  return {std::move(caller), std::move(group), request};
}

TEST(WorkerPool, TakesTurnsByCallerWithinALane) {
  Gate gate;
  absl::Mutex mutex;
  std::vector<std::string> order;
  std::atomic<int> left = 6;
  WorkerPool pool({.threads = 4, .threads_per_lane = 1});
  ASSERT_THAT(pool.Schedule("lane", Of("a"), gate.Task()), IsOk());
  gate.AwaitBegun(1);
  const auto note = [&](std::string caller) {
    return [&, caller] {
      absl::MutexLock lock(&mutex);
      order.push_back(caller);
      --left;
    };
  };
  for (uint64_t i = 0; i < 4; ++i) {
    ASSERT_THAT(pool.Schedule("lane", Of("a", absl::StrCat("group", i), i), note("a")), IsOk());
  }
  for (int i = 0; i < 2; ++i) ASSERT_THAT(pool.Schedule("lane", Of("b"), note("b")), IsOk());
  gate.Open();
  EXPECT_TRUE(Eventually([&] { return left == 0; }));
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(order, ElementsAre("a", "b", "a", "b", "a", "a"));
}

TEST(WorkerPool, OneThatHangsInManyLanesLeavesThreadsToOthers) {
  Gate gate;
  WorkerPool pool({.threads = 32, .threads_per_lane = 16, .shares = true});
  for (int lane = 0; lane < 60; ++lane) {
    for (int i = 0; i < 4; ++i) {
      ASSERT_THAT(pool.Schedule(absl::StrCat("port", lane), Of("a", "shop", 1), gate.Task()),
                  IsOk());
    }
  }
  gate.AwaitBegun(6);
  // Another request, another group, another caller, each in a lane that hangs as well.
  for (const Share& share : {Of("a", "shop", 2), Of("a", "bank", 3), Of("b", "shop", 4)}) {
    absl::Notification done;
    ASSERT_THAT(pool.Schedule("port1", share, [&] { done.Notify(); }), IsOk());
    EXPECT_TRUE(Await(done));
  }
  EXPECT_EQ(gate.begun(), 6);
  // The last one's thread may still be on its way back.
  EXPECT_TRUE(Eventually([&] { return pool.counts().running == 6; }));
  EXPECT_EQ(pool.counts().waiting, 234u);
  gate.Open();
}

TEST(WorkerPool, OneThatFillsItsPartOfTheQueueLeavesRoomToOthers) {
  Gate gate;
  WorkerPool pool({.threads = 4, .threads_per_lane = 4, .queue_per_lane = 96, .shares = true});
  int taken = 0;
  while (pool.Schedule("lane", Of("a", "shop", 1), gate.Task()).ok()) ++taken;
  EXPECT_EQ(taken, 17);
  EXPECT_EQ(pool.counts().refused, 1u);
  EXPECT_THAT(pool.Schedule("lane", Of("a", "shop", 2), [] {}), IsOk());
  EXPECT_THAT(pool.Schedule("lane", Of("b"), [] {}), IsOk());
  gate.Open();
}

TEST(WorkerPool, DropsWhatNobodyWantsWhenItsTurnComes) {
  Gate gate;
  WorkerPool pool({.threads = 1, .threads_per_lane = 1});
  ASSERT_THAT(pool.Schedule("lane", gate.Task()), IsOk());
  gate.AwaitBegun(1);
  std::atomic<int> runs = 0;
  const auto owned = std::make_shared<int>(0);
  absl::Notification done;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_THAT(pool.Schedule(
                    i % 2 == 0 ? "lane" : "other", Of("a"), [&runs, owned] { ++runs; },
                    [] { return false; }),
                IsOk());
  }
  ASSERT_THAT(pool.Schedule(
                  "lane", Of("a"), [&] { done.Notify(); }, [] { return true; }),
              IsOk());
  gate.Open();
  EXPECT_TRUE(Await(done));
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(pool.counts().dropped, 1000u);
  EXPECT_EQ(pool.counts().waiting, 0u);
}

TEST(WorkerPool, ObservesHowLongTasksHaveWaited) {
  Metrics metrics;
  FakeClock clock;
  {
    Gate gate;
    WorkerPool pool({.threads = 1,
                     .threads_per_lane = 1,
                     .waited = &metrics.Histogram("waited_seconds", "Waited.", {1}),
                     .clock = &clock});
    ASSERT_THAT(pool.Schedule("lane", gate.Task()), IsOk());
    gate.AwaitBegun(1);
    absl::Notification done;
    ASSERT_THAT(pool.Schedule("lane", [&done] { done.Notify(); }), IsOk());
    clock.Advance(absl::Seconds(3));
    gate.Open();
    EXPECT_TRUE(Await(done));
  }
  EXPECT_THAT(metrics.WriteText(), testing::AllOf(HasSubstr("waited_seconds_count 2\n"),
                                                  HasSubstr("waited_seconds_sum 3\n")));
}

TEST(WorkerPool, ThreadsThatNothingNeedsEndButForOne) {
  const size_t before = CountThreads();
  // The thread that stays may still be leaving its round's gate when the next one begins.
  std::array<Gate, 3> gates;
  WorkerPool pool({.threads = 4, .keep_idle = absl::Milliseconds(1), .threads_per_lane = 4});
  for (Gate& gate : gates) {
    for (int i = 0; i < 4; ++i) ASSERT_THAT(pool.Schedule("lane", gate.Task()), IsOk());
    gate.AwaitBegun(4);
    EXPECT_EQ(CountThreads(), before + 4);
    gate.Open();
    EXPECT_TRUE(Eventually([&] { return CountThreads() == before + 1; }));
  }
}

}  // namespace
}  // namespace countersign::base

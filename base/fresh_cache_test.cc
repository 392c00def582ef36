#include "base/fresh_cache.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using Cache = FreshCache<int>;

class FreshCacheTest : public testing::Test {
 protected:
  absl::StatusOr<Cache::Reading> Get(const std::string& key, absl::Time not_before,
                                     const Cache::Read& read) {
    return cache_.Get(key, "lane", Share(), not_before, Soon(), read);
  }

  // Counts how often it was asked, and is remembered for a minute.
  Cache::Read Count() {
    return [this] { return Cache::Fresh{++reads_, absl::Minutes(1), 100}; };
  }

  FakeClock clock_;
  std::atomic<int> reads_ = 0;
  WorkerPool pool_{{.threads = 4}};
  Cache cache_{&pool_, &clock_, {.max_weight = 2000}};
};

TEST_F(FreshCacheTest, ReadsOnceAndRemembersForAsLongAsItIsTold) {
  EXPECT_EQ(Get("a", absl::InfinitePast(), Count())->value, 1);
  EXPECT_EQ(Get("a", absl::InfinitePast(), Count())->value, 1);
  EXPECT_TRUE(Get("a", absl::InfinitePast(), Count())->from_memory);
  EXPECT_EQ(cache_.Find("a")->value, 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(cache_.Find("a").has_value());
  EXPECT_EQ(Get("a", absl::InfinitePast(), Count())->value, 2);
  EXPECT_EQ(cache_.counts().entries, 1u);
}

TEST_F(FreshCacheTest, ReadsAgainForWhoNeedsItNewer) {
  Get("a", absl::InfinitePast(), Count()).IgnoreError();
  const absl::Time asked = cache_.Find("a")->asked;
  EXPECT_EQ(Get("a", asked, Count())->value, 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Get("a", asked + absl::Milliseconds(1), Count())->value, 2);
  // And others have that.
  EXPECT_EQ(Get("a", absl::InfinitePast(), Count())->value, 2);
}

TEST_F(FreshCacheTest, WhatWasUnderWayTooEarlyIsReadOnceMore) {
  absl::Notification begun;
  absl::Notification end;
  std::thread first([&] {
    EXPECT_EQ(Get("a", absl::InfinitePast(),
                  [&] {
                    begun.Notify();
                    EXPECT_TRUE(Await(end));
                    return Cache::Fresh{++reads_, absl::Minutes(1), 1};
                  })
                  ->value,
              1);
  });
  EXPECT_TRUE(Await(begun));
  clock_.Advance(absl::Seconds(1));
  std::thread second([&] { EXPECT_EQ(Get("a", clock_.Now(), Count())->value, 2); });
  EXPECT_TRUE(Eventually([&] { return cache_.CountWaiting("a") == 2; }));
  end.Notify();
  first.join();
  second.join();
}

TEST_F(FreshCacheTest, ManyWhoAskAtTheSameTimeShareOneRead) {
  absl::Notification end;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      EXPECT_EQ(Get("a", absl::InfinitePast(),
                    [&] {
                      EXPECT_TRUE(Await(end));
                      return Cache::Fresh{++reads_, absl::Minutes(1), 1};
                    })
                    ->value,
                1);
    });
  }
  EXPECT_TRUE(Eventually([&] { return cache_.CountWaiting("a") == 8; }));
  end.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(reads_, 1);
}

TEST_F(FreshCacheTest, WeighsKeysToo) {
  for (int i = 0; i < 100; ++i) {
    cache_.Keep(absl::StrCat(std::string(300, 'k'), i), clock_.Now(), {i, absl::Minutes(1), 10});
    EXPECT_LE(cache_.counts().weight, 2000u);
  }
  EXPECT_EQ(cache_.counts().entries, 2u);
  // What is heavier than everything may be is not remembered.
  cache_.Keep("heavy", clock_.Now(), {1, absl::Minutes(1), 5000});
  EXPECT_FALSE(cache_.Find("heavy").has_value());
  EXPECT_EQ(cache_.counts().entries, 2u);
}

TEST_F(FreshCacheTest, ErrorsAreNotRememberedAndWhatLastsMakesItForget) {
  Get("a", absl::InfinitePast(), Count()).IgnoreError();
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Get("a", clock_.Now(), [] { return absl::UnavailableError("not now"); }),
              StatusIs(absl::StatusCode::kUnavailable, testing::_));
  EXPECT_TRUE(cache_.Find("a").has_value());
  EXPECT_THAT(Get("a", clock_.Now(), [] { return absl::NotFoundError("gone"); }),
              StatusIs(absl::StatusCode::kNotFound, testing::_));
  EXPECT_FALSE(cache_.Find("a").has_value());
}

TEST_F(FreshCacheTest, ForgetsWhatItIsToldTo) {
  Get("a", absl::InfinitePast(), Count()).IgnoreError();
  cache_.Forget("a");
  EXPECT_FALSE(cache_.Find("a").has_value());
  EXPECT_EQ(cache_.counts().weight, 0u);
}

TEST_F(FreshCacheTest, IsBoundedInNumberToo) {
  Cache few(&pool_, &clock_, {.max_entries = 3});
  for (int i = 0; i < 10; ++i) few.Keep(absl::StrCat(i), clock_.Now(), {i, absl::Minutes(1), 1});
  EXPECT_EQ(few.counts().entries, 3u);
  EXPECT_TRUE(few.Find("9").has_value());
}

TEST_F(FreshCacheTest, KeepsUnderTheKeyThatWhatWasReadSays) {
  const auto read = [this] {
    return Cache::Fresh{.value = ++reads_, .keep = absl::Minutes(1), .key = "all"};
  };
  EXPECT_EQ(Get("a", absl::InfinitePast(), read)->value, 1);
  EXPECT_FALSE(cache_.Find("a").has_value());
  EXPECT_EQ(cache_.Find("all")->value, 1);
}

TEST_F(FreshCacheTest, WhoDoesNotWantItAnyMoreWaitsNoLonger) {
  absl::Notification begun;
  absl::Notification end;
  const auto read = [&](const WorkerPool::Wanted& is_wanted) {
    begun.Notify();
    EXPECT_TRUE(Eventually([&] { return !is_wanted(); }));
    EXPECT_TRUE(Await(end));
    return Cache::Fresh{++reads_, absl::Minutes(1)};
  };
  EXPECT_THAT(cache_.GetWatchful(
                  "a", "lane", Share(), absl::InfinitePast(), absl::InfiniteFuture(),
                  [&] { return !Await(begun); }, read),
              StatusIs(absl::StatusCode::kCancelled, testing::_));
  end.Notify();
  // What has begun goes on, and serves the next.
  EXPECT_TRUE(Eventually([&] { return cache_.Find("a").has_value(); }));
}

// What is remembered for a minute, may serve for an hour, and is read again every ten seconds.
class PatientFreshCacheTest : public FreshCacheTest {
 protected:
  absl::StatusOr<Cache::Reading> Get(absl::Time not_before, const Cache::Read& read) {
    return cache_.Get("a", "lane", Share(), not_before, Soon(), read);
  }
  absl::StatusOr<Cache::Reading> Get(const Cache::Read& read) {
    return Get(absl::InfinitePast(), read);
  }

  Cache::Read Count() {
    return [this] {
      return Cache::Fresh{
          .value = ++reads_, .keep = absl::Minutes(1), .keep_stale = absl::Hours(1)};
    };
  }
  Cache::Read Fail(absl::StatusCode code) {
    return [this, code]() -> absl::StatusOr<Cache::Fresh> {
      ++failures_;
      return absl::Status(code, "no");
    };
  }

  std::atomic<int> failures_ = 0;
  Cache cache_{
      &pool_,
      &clock_,
      {.between_renewals = absl::Seconds(10), .errors_forget = false, .pause = absl::Seconds(5)}};
};

TEST_F(PatientFreshCacheTest, ServesBeyondItsTimeWhatCannotBeReadAgain) {
  EXPECT_EQ(Get(Count())->value, 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(cache_.Find("a").has_value());
  const auto stale = Get(Fail(absl::StatusCode::kUnavailable));
  EXPECT_EQ(stale->value, 1);
  EXPECT_EQ(stale->asked, clock_.Now() - absl::Minutes(1));
  EXPECT_EQ(cache_.counts().stale, 1u);
  // An error that lasts is no reason to.
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(Get(Fail(absl::StatusCode::kNotFound)),
              StatusIs(absl::StatusCode::kNotFound, testing::_));
  clock_.Advance(absl::Minutes(59));
  EXPECT_THAT(Get(Fail(absl::StatusCode::kUnavailable)),
              StatusIs(absl::StatusCode::kUnavailable, testing::_));
}

TEST_F(PatientFreshCacheTest, LeavesItsSourceAloneForAWhileAfterItCouldNotBeAsked) {
  EXPECT_EQ(Get(Count())->value, 1);
  clock_.Advance(absl::Minutes(1));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get(Fail(absl::StatusCode::kUnavailable))->value, 1);
  EXPECT_EQ(failures_, 1);
  // Not for what must be newer.
  EXPECT_EQ(Get(clock_.Now(), Count())->value, 2);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Get(Fail(absl::StatusCode::kUnavailable))->value, 2);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Get(Count())->value, 3);
}

TEST_F(PatientFreshCacheTest, WhoHasSomethingToUseWaitsNoLongerThanThePatience) {
  Cache cache(&pool_, &clock_, {.patience = absl::Milliseconds(10)});
  cache.Keep("a", clock_.Now(), *Count()());
  clock_.Advance(absl::Minutes(1));
  absl::Notification end;
  const auto read = [&] {
    EXPECT_TRUE(Await(end));
    return Cache::Fresh{.value = ++reads_, .keep = absl::Minutes(1)};
  };
  const auto get = [&] {
    return cache.Get("a", "lane", Share(), absl::InfinitePast(), absl::InfiniteFuture(), read);
  };
  EXPECT_EQ(get()->value, 1);
  end.Notify();
  EXPECT_TRUE(Eventually([&] { return get()->value == 2; }));
}

TEST_F(PatientFreshCacheTest, ReadsAgainForWhoNeedsItNewerButNotAllTheTime) {
  EXPECT_EQ(Get(Count())->value, 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Get(clock_.Now(), Count())->value, 2);
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(Get(clock_.Now(), Count())->value, 2);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Get(clock_.Now(), Count())->value, 3);
}

TEST_F(PatientFreshCacheTest, ErrorsNeedNotMakeItForget) {
  EXPECT_EQ(Get(Count())->value, 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Get(clock_.Now(), Fail(absl::StatusCode::kFailedPrecondition)).ok());
  EXPECT_EQ(cache_.Find("a")->value, 1);
  // It was asked for again a moment ago.
  EXPECT_EQ(Get(clock_.Now(), Fail(absl::StatusCode::kFailedPrecondition))->value, 1);
}

}  // namespace
}  // namespace countersign::base

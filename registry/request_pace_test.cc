#include "registry/request_pace.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

constexpr char kHost[] = "reg.example:443";

class RequestPaceTest : public testing::Test {
 protected:
  // How much later than now it is its turn; nullopt: none is taken within that time.
  std::optional<absl::Duration> Take(absl::Duration patience = absl::Minutes(1),
                                     const std::string& host = kHost) {
    const RequestPace::Turn turn = pace_.Take(host, clock_.Now() + patience);
    if (!turn.is_taken) return std::nullopt;
    return turn.when - clock_.Now();
  }
  void Answer(int count) {
    for (int i = 0; i < count; ++i) pace_.Taken(kHost);
  }
  void Limit(absl::Duration retry_after = absl::Seconds(1)) {
    EXPECT_TRUE(pace_.BeginProbe(kHost));
    pace_.EndProbe(kHost, retry_after);
  }

  base::FakeClock clock_;
  RequestPace pace_{&clock_};
};

TEST_F(RequestPaceTest, WhoSaysNothingIsAskedAtOnce) {
  Answer(10);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Take(), absl::ZeroDuration());
}

TEST_F(RequestPaceTest, AfterItsPauseItIsAskedALittleSlowerThanItTookThem) {
  Answer(100);
  Limit(absl::Seconds(3));
  EXPECT_EQ(Take(), absl::Seconds(3));
  for (int i = 1; i < 95; ++i) EXPECT_LT(*Take(), absl::Seconds(4)) << i;
  EXPECT_GE(*Take(), absl::Seconds(3.999));
}

TEST_F(RequestPaceTest, WhatWasLongerAgoThanASecondDoesNotCount) {
  Answer(1000);
  clock_.Advance(absl::Seconds(1));
  Answer(20);
  Limit();
  Take();
  EXPECT_NEAR(absl::ToDoubleSeconds(*Take()), 1 + 1.0 / 19, 1e-6);
}

TEST_F(RequestPaceTest, WhatWasUnderWayWhenThePauseBeganCountsWhenItIsAnswered) {
  Answer(60);
  Limit();
  clock_.Advance(absl::Seconds(0.5));
  Answer(40);
  Take();
  EXPECT_NEAR(absl::ToDoubleSeconds(*Take()), 0.5 + 1.0 / 95, 1e-6);
  // What comes later does not.
  clock_.Advance(absl::Seconds(0.5));
  Answer(1000);
  Take();
  EXPECT_NEAR(absl::ToDoubleSeconds(*Take()), 3.0 / 95, 1e-6);
}

TEST_F(RequestPaceTest, WhoCannotWaitTakesNoTurnAndHearsWhenOneIs) {
  Limit(absl::Seconds(30));
  EXPECT_EQ(Take(absl::Seconds(29)), std::nullopt);
  EXPECT_EQ(pace_.Take(kHost, clock_.Now()).when, clock_.Now() + absl::Seconds(30));
  EXPECT_EQ(Take(), absl::Seconds(30));
}

TEST_F(RequestPaceTest, AClockThatIsSetBackIsNotWaitedFor) {
  Answer(100);
  Limit(absl::Seconds(30));
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(Take(), absl::ZeroDuration());
  EXPECT_TRUE(pace_.BeginProbe(kHost));
}

TEST_F(RequestPaceTest, ItGrowsAndEndsAfterAMinute) {
  Answer(100);
  Limit();
  clock_.Advance(absl::Seconds(51));
  Take();
  EXPECT_LT(*Take(), absl::Seconds(1) / 142);
  EXPECT_GT(*Take(), absl::Seconds(1) / 143);
  clock_.Advance(absl::Seconds(10));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Take(), absl::ZeroDuration());
}

TEST_F(RequestPaceTest, AnotherRefusalHalvesItAtTheMostAndNeverRaisesIt) {
  Answer(100);
  Limit();
  clock_.Advance(absl::Seconds(2));
  Limit();  // nothing was asked for meanwhile
  Take();
  EXPECT_NEAR(absl::ToDoubleSeconds(*Take()), 1 + 1.0 / 47.5, 1e-6);
  clock_.Advance(absl::Seconds(2));
  Answer(1000);
  Limit();
  Answer(1000);
  Take();
  EXPECT_NEAR(absl::ToDoubleSeconds(*Take()), 1 + 1.0 / 47.5, 1e-6);
}

TEST_F(RequestPaceTest, WhatARootDoesNotSaySlowsNobodyDown) {
  EXPECT_TRUE(pace_.BeginProbe(kHost));
  pace_.EndProbe(kHost, std::nullopt);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Take(), absl::ZeroDuration());
}

TEST_F(RequestPaceTest, OneProbesAtATimeAndOnceASecond) {
  EXPECT_TRUE(pace_.BeginProbe(kHost));
  clock_.Advance(absl::Seconds(10));
  EXPECT_FALSE(pace_.BeginProbe(kHost));
  EXPECT_TRUE(pace_.BeginProbe("other.example:443"));
  pace_.EndProbe(kHost, std::nullopt);
  EXPECT_FALSE(pace_.BeginProbe(kHost));
  clock_.Advance(RequestPace::kBetweenProbes);
  EXPECT_TRUE(pace_.BeginProbe(kHost));
}

TEST_F(RequestPaceTest, OthersAreNotSlowedDown) {
  Limit(absl::Seconds(30));
  EXPECT_EQ(Take(absl::Minutes(1), "other.example:443"), absl::ZeroDuration());
}

TEST_F(RequestPaceTest, HostsAreBoundedAndTheOneThatWasAskedLastStays) {
  Limit(absl::Seconds(30));
  for (size_t i = 0; i < 3 * RequestPace::kMaxHosts; ++i) {
    EXPECT_EQ(Take(absl::Minutes(1), absl::StrCat(i)), absl::ZeroDuration());
    EXPECT_EQ(Take(absl::ZeroDuration()), std::nullopt) << i;
  }
  for (size_t i = 0; i < RequestPace::kMaxHosts; ++i) Take(absl::Minutes(1), absl::StrCat(i));
  EXPECT_EQ(Take(), absl::ZeroDuration());
}

}  // namespace
}  // namespace countersign::registry

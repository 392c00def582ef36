#include "registry/reachability.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Course = Reachability::Course;

constexpr char kHost[] = "reg.example";
constexpr absl::Duration kSecond = absl::Seconds(1);

class ReachabilityTest : public testing::Test {
 protected:
  Course Begin(std::string_view host = kHost) { return hosts_.Begin(host, /*may_refuse=*/true); }
  void Fail(std::string_view host = kHost) { hosts_.Failed(host, clock_.Now(), "no route"); }
  void Open(std::string_view host = kHost) {
    for (int i = 0; i < Reachability::kFailuresToOpen; ++i) Fail(host);
  }
  // A silent request that began some seconds ago.
  void BeSilent() { hosts_.Silent(kHost, clock_.Now() - 8 * kSecond, "silent"); }
  bool IsAway(std::string_view host = kHost) { return hosts_.FindAway(host).has_value(); }

  base::FakeClock clock_;
  base::Metrics metrics_;
  Reachability hosts_{&clock_,
                      [](std::string_view host) -> std::optional<std::string> {
                        if (!absl::StartsWith(host, "reg.")) return std::nullopt;
                        return std::string(host);
                      },
                      &metrics_};
};

TEST_F(ReachabilityTest, AHostOfWhichNothingIsKnownIsAsked) {
  EXPECT_EQ(Begin(), Course::kAsk);
  EXPECT_FALSE(IsAway());
}

TEST_F(ReachabilityTest, OneFailureSaysThatItIsAwayAndThreeThatItIsNotAsked) {
  const absl::Time first = clock_.Now();
  Fail();
  ASSERT_TRUE(IsAway());
  clock_.Advance(kSecond);
  Fail();
  EXPECT_EQ(Begin(), Course::kAsk);
  Fail();
  EXPECT_EQ(Begin(), Course::kRefuse);
  EXPECT_EQ(hosts_.FindAway(kHost)->since, first);
  EXPECT_EQ(hosts_.FindAway(kHost)->why, "no route");
  EXPECT_EQ(Begin("reg.other"), Course::kAsk);
  EXPECT_FALSE(IsAway("reg.other"));
}

TEST_F(ReachabilityTest, TheLogSaysWhenOneThatAPolicyNamesIsAwayAndWhenItIsBack) {
  std::vector<std::string> lines;
  const base::ScopedLogSink sink([&lines](std::string_view line) { lines.emplace_back(line); });
  const std::string since = absl::FormatTime(absl::RFC3339_sec, clock_.Now(), absl::UTCTimeZone());
  Fail();
  Fail();
  EXPECT_THAT(lines, IsEmpty());
  Fail();
  Fail();
  hosts_.ProbeFailed(kHost, clock_.Now(), "no route");
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("cannot be reached"), HasSubstr(kHost),
                                       HasSubstr(since), HasSubstr("no route"))));
  hosts_.Answered(kHost);
  hosts_.Answered(kHost);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[1], AllOf(HasSubstr("answers again"), HasSubstr(kHost), HasSubstr(since)));
  // Whoever names an image decides which others there are.
  Open("another.example");
  hosts_.Answered("another.example");
  EXPECT_EQ(lines.size(), 2u);
}

TEST_F(ReachabilityTest, AnyAnswerEndsIt) {
  Fail();
  Fail();
  hosts_.Answered(kHost);
  EXPECT_FALSE(IsAway());
  clock_.Advance(kSecond);
  Fail();
  EXPECT_EQ(Begin(), Course::kAsk);
  Open();
  clock_.Advance(kSecond);
  hosts_.Answered(kHost);
  EXPECT_FALSE(IsAway());
  EXPECT_EQ(Begin(), Course::kAsk);
}

TEST_F(ReachabilityTest, WhatBeganBeforeTheLastAnswerSaysNothing) {
  const absl::Time began = clock_.Now();
  clock_.Advance(kSecond);
  hosts_.Answered(kHost);
  for (int i = 0; i < 5; ++i) hosts_.Failed(kHost, began, "no route");
  hosts_.Silent(kHost, began, "silent");
  EXPECT_FALSE(IsAway());
  EXPECT_EQ(Begin(), Course::kAsk);
  Open();
  const absl::Time probed = clock_.Now();
  clock_.Advance(kSecond);
  hosts_.Answered(kHost);
  hosts_.ProbeFailed(kHost, probed, "no route");
  EXPECT_FALSE(IsAway());
}

TEST_F(ReachabilityTest, FailuresFarApartAreNotInARow) {
  Fail();
  Fail();
  clock_.Advance(Reachability::kWindow + kSecond);
  // Nor is it known of a host for longer.
  EXPECT_FALSE(IsAway());
  Fail();
  EXPECT_EQ(Begin(), Course::kAsk);
  EXPECT_EQ(hosts_.FindAway(kHost)->since, clock_.Now());
}

TEST_F(ReachabilityTest, OneAtATimeProbesAndAtMostEverySecond) {
  Open();
  EXPECT_EQ(Begin(), Course::kRefuse);
  clock_.Advance(Reachability::kBetweenProbes);
  EXPECT_EQ(Begin(), Course::kProbe);
  EXPECT_EQ(Begin(), Course::kRefuse);
  clock_.Advance(10 * kSecond);
  EXPECT_EQ(Begin(), Course::kRefuse);
  hosts_.ProbeFailed(kHost, clock_.Now(), "still no route");
  EXPECT_EQ(hosts_.FindAway(kHost)->why, "still no route");
  EXPECT_EQ(Begin(), Course::kRefuse);
  clock_.Advance(Reachability::kBetweenProbes);
  EXPECT_EQ(Begin(), Course::kProbe);
  hosts_.Answered(kHost);
  EXPECT_EQ(Begin(), Course::kAsk);
  EXPECT_EQ(Begin(), Course::kAsk);
}

TEST_F(ReachabilityTest, AProbeOfWhichNothingComesLeavesItAsItIs) {
  const absl::Time first = clock_.Now();
  Open();
  for (int i = 0; i < 60; ++i) {
    clock_.Advance(Reachability::kBetweenProbes);
    ASSERT_EQ(Begin(), Course::kProbe);
    hosts_.ProbeUnknown(kHost);
  }
  ASSERT_TRUE(IsAway());
  EXPECT_EQ(hosts_.FindAway(kHost)->since, first);
  BeSilent();
  EXPECT_TRUE(IsAway());
}

// Somebody may own a path at which the registry hangs.
TEST_F(ReachabilityTest, SilenceOpensItForNobodyUntilTheRootIsSilentToo) {
  for (int i = 0; i < 10; ++i) BeSilent();
  EXPECT_FALSE(IsAway());
  EXPECT_EQ(Begin(), Course::kProbe);
  // Meanwhile nobody is held up.
  EXPECT_EQ(Begin(), Course::kAsk);
  hosts_.Answered(kHost);
  EXPECT_EQ(Begin(), Course::kAsk);
  BeSilent();
  EXPECT_EQ(Begin(), Course::kAsk);
  clock_.Advance(9 * kSecond);
  BeSilent();
  const absl::Time since = clock_.Now() - 8 * kSecond;
  ASSERT_EQ(Begin(), Course::kProbe);
  hosts_.ProbeUnknown(kHost);
  EXPECT_FALSE(IsAway());
  EXPECT_EQ(Begin(), Course::kAsk);
  clock_.Advance(Reachability::kBetweenProbes);
  ASSERT_EQ(Begin(), Course::kProbe);
  hosts_.ProbeFailed(kHost, clock_.Now(), "silent");
  ASSERT_TRUE(IsAway());
  EXPECT_EQ(hosts_.FindAway(kHost)->since, since);
  EXPECT_EQ(Begin(), Course::kRefuse);
}

TEST_F(ReachabilityTest, WhereNobodyMayBeRefusedAllAreAsked) {
  Open();
  EXPECT_EQ(hosts_.Begin(kHost, /*may_refuse=*/false), Course::kAsk);
  EXPECT_TRUE(IsAway());
}

TEST_F(ReachabilityTest, InventedHostsPushOutNoneThatAPolicyNames) {
  Open();
  Open("first.example");
  for (size_t i = 0; i < 2 * Reachability::kMaxOthers; ++i) Open(absl::StrCat(i, ".example"));
  EXPECT_TRUE(IsAway());
  EXPECT_EQ(Begin(), Course::kRefuse);
  EXPECT_FALSE(IsAway("first.example"));
  EXPECT_EQ(Begin("first.example"), Course::kAsk);
}

TEST_F(ReachabilityTest, AClockThatIsSetBackIsNotWaitedFor) {
  Open();
  clock_.Advance(-absl::Hours(1));
  EXPECT_FALSE(IsAway());
  EXPECT_EQ(Begin(), Course::kProbe);
}

TEST_F(ReachabilityTest, TellsOfThoseThatAPolicyNamesAndCountsAllOthers) {
  Open();
  Open("a.example");
  Open("b.example");
  Begin();
  const std::string text = metrics_.WriteText();
  EXPECT_THAT(text, HasSubstr("countersign_registry_breaker_open{registry=\"reg.example\"} 1"));
  EXPECT_THAT(text, HasSubstr("countersign_registry_breaker_open{registry=\"other\"} 2"));
  EXPECT_THAT(text, HasSubstr("countersign_registry_breaker_refusals_total 1"));
  hosts_.Answered("a.example");
  hosts_.Answered(kHost);
  EXPECT_THAT(metrics_.WriteText(),
              HasSubstr("countersign_registry_breaker_open{registry=\"reg.example\"} 0"));
  EXPECT_THAT(metrics_.WriteText(),
              HasSubstr("countersign_registry_breaker_open{registry=\"other\"} 1"));
  // Those that are forgotten are none any more.
  for (size_t i = 0; i < Reachability::kMaxOthers; ++i) Begin(absl::StrCat(i, ".example"));
  EXPECT_THAT(metrics_.WriteText(),
              HasSubstr("countersign_registry_breaker_open{registry=\"other\"} 0"));
  EXPECT_THAT(metrics_.WriteText(), Not(HasSubstr("b.example")));
}

}  // namespace
}  // namespace countersign::registry

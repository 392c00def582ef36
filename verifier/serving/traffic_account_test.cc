#include "verifier/serving/traffic_account.h"

#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class TrafficAccountTest : public testing::Test {
 protected:
  TrafficAccount account_{{.burst = 1000,
                           .a_second = 100,
                           .burst_for_everybody = 10'000,
                           .a_second_for_everybody = 1000},
                          kStart};
};

TEST_F(TrafficAccountTest, WhatNoCallExplainsAddsUp) {
  account_.Receive(600, kStart);
  EXPECT_FALSE(account_.IsExceeded());
  EXPECT_FALSE(account_.IsClear());
  account_.Receive(401, kStart);
  EXPECT_TRUE(account_.IsExceeded());
}

TEST_F(TrafficAccountTest, WhatCallsExplainDoesNot) {
  for (int i = 0; i < 1000; ++i) {
    account_.Receive(900, kStart);
    account_.Charge(-900);
    EXPECT_FALSE(account_.IsExceeded());
    EXPECT_TRUE(account_.IsClear());
  }
}

TEST_F(TrafficAccountTest, ACallMayBeLetInBeforeItsBytesAreSeen) {
  account_.Charge(-5000);
  account_.Receive(5000, kStart);
  EXPECT_TRUE(account_.IsClear());
}

TEST_F(TrafficAccountTest, ACallThatWasResetCostsMoreThanItsBytes) {
  account_.Receive(100, kStart);
  account_.Charge(900);
  EXPECT_FALSE(account_.IsExceeded());
  account_.Charge(1);
  EXPECT_TRUE(account_.IsExceeded());
}

TEST_F(TrafficAccountTest, IsForgivenSoonWhateverCame) {
  account_.Receive(1'000'000'000, kStart);
  account_.Charge(1'000'000'000);
  account_.Receive(0, kStart + absl::Seconds(10));
  EXPECT_FALSE(account_.IsExceeded());
}

TEST_F(TrafficAccountTest, NothingIsSavedUp) {
  account_.Charge(-5000);
  account_.Receive(0, kStart);
  account_.Receive(1001, kStart);
  EXPECT_TRUE(account_.IsExceeded());
}

TEST_F(TrafficAccountTest, SomeIsForgivenEachSecond) {
  account_.Receive(1001, kStart);
  account_.Receive(0, kStart + absl::Milliseconds(10));
  EXPECT_FALSE(account_.IsExceeded());
  account_.Receive(0, kStart + absl::Seconds(11));
  EXPECT_TRUE(account_.IsClear());
  // A clock that is set back, or far ahead, forgives nothing that it should not.
  account_.Receive(1001, kStart);
  EXPECT_TRUE(account_.IsExceeded());
  account_.Receive(0, absl::InfiniteFuture());
  EXPECT_TRUE(account_.IsClear());
}

TEST_F(TrafficAccountTest, WhoAsksForEverybodyMayHaveMoreOnTheWay) {
  account_.SetForEverybody(true);
  account_.Receive(9000, kStart);
  EXPECT_FALSE(account_.IsExceeded());
  account_.Receive(2000, kStart);
  EXPECT_TRUE(account_.IsExceeded());
}

}  // namespace
}  // namespace countersign::verifier

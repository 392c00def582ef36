#include "verifier/serving/call_door.h"

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

class CallDoorTest : public testing::Test {
 protected:
  base::FakeClock clock_;
  CallDoor door_{{.waiting = 6, .forgotten_a_second = 1}, &clock_};
};

TEST_F(CallDoorTest, OfEachClientSomeCallsMayWait) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(door_.Admit("a"));
  EXPECT_FALSE(door_.Admit("a"));
  EXPECT_TRUE(door_.Admit("b"));
}

TEST_F(CallDoorTest, ManyClientsShareOneSum) {
  int admitted = 0;
  for (int i = 0; i < 100; ++i) {
    for (int call = 0; call < 3; ++call) admitted += door_.Admit(absl::StrCat("client ", i));
  }
  EXPECT_LE(admitted, 6);
  EXPECT_GE(admitted, 5);
}

TEST_F(CallDoorTest, WhatHasBegunWaitsNoLonger) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(door_.Admit("a"));
    door_.Begin("a");
  }
  // Nothing is saved up by calls that nobody admitted.
  door_.Begin("a");
  door_.Begin("nobody");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(door_.Admit("a"));
  EXPECT_FALSE(door_.Admit("a"));
}

TEST_F(CallDoorTest, WhatNeverBeginsIsForgottenInTime) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(door_.Admit("a"));
  clock_.Advance(absl::Milliseconds(400));
  EXPECT_FALSE(door_.Admit("a"));
  clock_.Advance(absl::Milliseconds(200));
  EXPECT_TRUE(door_.Admit("a"));
  EXPECT_FALSE(door_.Admit("a"));
  clock_.Advance(absl::Hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(door_.Admit("a"));
  EXPECT_FALSE(door_.Admit("a"));
}

TEST_F(CallDoorTest, ClientsAreForgotten) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(door_.Admit(absl::StrCat("client ", i)));
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_LE(door_.clients(), 256u);
}

}  // namespace
}  // namespace countersign::verifier

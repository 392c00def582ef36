#include "verifier/serving/call_backlog.h"

#include "absl/strings/str_cat.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

class CallBacklogTest : public testing::Test {
 protected:
  base::FakeClock clock_;
  CallBacklog backlog_{{.waiting = 6, .forgotten_a_second = 1}, &clock_};
};

TEST_F(CallBacklogTest, OfEachClientSomeCallsMayWait) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(backlog_.Admit("a"));
  EXPECT_FALSE(backlog_.Admit("a"));
  EXPECT_TRUE(backlog_.Admit("b"));
}

TEST_F(CallBacklogTest, ManyClientsShareOneSum) {
  int admitted = 0;
  for (int i = 0; i < 100; ++i) {
    for (int call = 0; call < 3; ++call) admitted += backlog_.Admit(absl::StrCat("client ", i));
  }
  EXPECT_LE(admitted, 6);
  EXPECT_GE(admitted, 5);
}

TEST_F(CallBacklogTest, WhatHasBegunWaitsNoLonger) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(backlog_.Admit("a"));
    backlog_.Begin("a");
  }
  // Nothing is saved up by calls that nobody admitted.
  backlog_.Begin("a");
  backlog_.Begin("nobody");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(backlog_.Admit("a"));
  EXPECT_FALSE(backlog_.Admit("a"));
}

TEST_F(CallBacklogTest, WhatNeverBeginsIsForgottenInTime) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(backlog_.Admit("a"));
  clock_.Advance(absl::Milliseconds(400));
  EXPECT_FALSE(backlog_.Admit("a"));
  clock_.Advance(absl::Milliseconds(200));
  EXPECT_TRUE(backlog_.Admit("a"));
  EXPECT_FALSE(backlog_.Admit("a"));
  clock_.Advance(absl::Hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(backlog_.Admit("a"));
  EXPECT_FALSE(backlog_.Admit("a"));
}

TEST_F(CallBacklogTest, ClientsAreForgotten) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(backlog_.Admit(absl::StrCat("client ", i)));
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_LE(backlog_.clients(), 256u);
}

}  // namespace
}  // namespace countersign::verifier

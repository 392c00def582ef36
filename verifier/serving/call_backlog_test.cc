#include "verifier/serving/call_backlog.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

class CallBacklogTest : public testing::Test {
 protected:
  base::FakeClock clock_;
  CallBacklog backlog_{{.calls = 6, .forgotten_a_second = 1}, &clock_};
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

TEST_F(CallBacklogTest, WhatIsOverCountsNoLonger) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(backlog_.Admit("a"));
    const CallBacklog::Turn turn = backlog_.Begin("a");
  }
  // Nothing is saved up by calls that nobody admitted.
  for (const char* client : {"a", "nobody"}) const CallBacklog::Turn turn = backlog_.Begin(client);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(backlog_.Admit("a"));
  EXPECT_FALSE(backlog_.Admit("a"));
}

TEST_F(CallBacklogTest, WhatHasBegunCountsUntilItIsOverHoweverLongThatTakes) {
  std::vector<CallBacklog::Turn> turns;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(backlog_.Admit("a"));
    turns.push_back(backlog_.Begin("a"));
  }
  clock_.Advance(absl::Hours(1));
  EXPECT_FALSE(backlog_.Admit("a"));
  EXPECT_TRUE(backlog_.Admit("b"));
  turns.pop_back();
  EXPECT_TRUE(backlog_.Admit("a"));
  EXPECT_FALSE(backlog_.Admit("a"));
  turns.clear();
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(backlog_.Admit("a"));
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

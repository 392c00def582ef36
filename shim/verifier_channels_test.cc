#include "shim/verifier_channels.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "shim/affinity.h"
#include "shim/test_verifier_server.h"
#include "shim/verifier_target.h"

namespace countersign::shim {
namespace {

using Turn = VerifierChannels::Turn;

class VerifierChannelsTest : public testing::Test {
 protected:
  std::string a() const { return TargetOfAddress(a_.address()); }
  std::string b() const { return TargetOfAddress(b_.address()); }

  static uint64_t KeyOf(const std::string& image) { return AffinityKey({image}); }

  // Connected to both.
  void ConnectBoth() {
    channels_.Set({a(), b()});
    for (const uint64_t key : {key_of_a_, key_of_b_}) {
      const std::string target = key == key_of_a_ ? a() : b();
      EXPECT_TRUE(base::Eventually([&] { return TargetOf(key) == target; }));
    }
  }

  // Where a call would go.
  std::string TargetOf(uint64_t key, const std::string& except = "") {
    const std::optional<Turn> turn = channels_.AwaitTurn(key, except, base::Soon());
    return turn.has_value() ? turn->target() : "nowhere";
  }

  TestVerifierServer a_{"a"}, b_{"b"};
  const uint64_t key_of_a_ = KeyOf(ImageOfFirst({a_.address(), b_.address()}));
  const uint64_t key_of_b_ = KeyOf(ImageOfFirst({b_.address(), a_.address()}));
  base::FakeClock clock_;
  std::atomic<int> missed_ = 0;
  std::vector<std::weak_ptr<grpc::Channel>> made_;
  VerifierChannels channels_{[this](const std::string& target) {
                               const auto channel =
                                   grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
                               made_.push_back(channel);
                               return channel;
                             },
                             [this] { ++missed_; }, &clock_};
};

TEST_F(VerifierChannelsTest, OneThatTurnsAwayIsPassedOverForAMoment) {
  ConnectBoth();
  channels_.AwaitTurn(key_of_a_, "", base::Soon())->TurnedAway();
  EXPECT_EQ(TargetOf(key_of_a_), b());
  clock_.Advance(VerifierChannels::kTurnsAwayFor);
  EXPECT_EQ(TargetOf(key_of_a_), a());
}

TEST_F(VerifierChannelsTest, ACallIsAloneWhereItsVerifierHasNoOther) {
  ConnectBoth();
  std::optional<Turn> first = channels_.TryTurn(key_of_a_);
  EXPECT_TRUE(first->is_alone());
  EXPECT_TRUE(channels_.TryTurn(key_of_b_)->is_alone());
  EXPECT_FALSE(channels_.TryTurn(key_of_a_)->is_alone());
  first.reset();
  EXPECT_TRUE(channels_.TryTurn(key_of_a_)->is_alone());
}

TEST_F(VerifierChannelsTest, CallsInProgressCountUntilTheyEnd) {
  ConnectBoth();
  std::vector<Turn> turns;
  for (size_t i = 0; i < kCallsWithoutBound; ++i) {
    turns.push_back(*channels_.AwaitTurn(key_of_a_, "", base::Soon()));
    EXPECT_EQ(turns.back().target(), a());
  }
  EXPECT_EQ(TargetOf(key_of_a_), b());
  turns.pop_back();
  EXPECT_EQ(TargetOf(key_of_a_), a());
}

TEST_F(VerifierChannelsTest, OneIsLeftOutWhereThereIsAnother) {
  ConnectBoth();
  EXPECT_EQ(TargetOf(key_of_a_, a()), b());
  EXPECT_EQ(TargetOf(key_of_a_, b()), a());
  channels_.Set({a()});
  EXPECT_EQ(TargetOf(key_of_a_, a()), a());
}

TEST_F(VerifierChannelsTest, AChannelIsKeptAsLongAsItsVerifierAndItsCallsAreThere) {
  ConnectBoth();
  ASSERT_EQ(made_.size(), 2u);
  std::optional<Turn> turn(channels_.AwaitTurn(key_of_a_, "", base::Soon()));
  const std::weak_ptr<grpc::Channel> channel = turn->channel();
  channels_.Set({b(), a()});
  EXPECT_EQ(made_.size(), 2u);
  channels_.Set({b()});
  EXPECT_EQ(TargetOf(key_of_a_), b());
  EXPECT_FALSE(channel.expired());
  turn->TurnedAway();  // of no consequence
  turn.reset();
  EXPECT_TRUE(channel.expired());
  // It is another if it comes back.
  channels_.Set({a(), b()});
  EXPECT_EQ(made_.size(), 3u);
}

TEST_F(VerifierChannelsTest, ThereAreNoMoreThanSoMany) {
  std::vector<std::string> targets;
  for (int i = 0; i < 100; ++i) targets.push_back(absl::StrCat("ipv4:127.0.0.1:", 100 + i));
  channels_.Set(targets);
  EXPECT_EQ(made_.size(), VerifierChannels::kMaxVerifiers);
  channels_.Set(std::vector<std::string>(targets.rbegin(), targets.rend()));
  EXPECT_EQ(made_.size(), VerifierChannels::kMaxVerifiers);
  channels_.Set({});
  for (const std::weak_ptr<grpc::Channel>& channel : made_) EXPECT_TRUE(channel.expired());
}

TEST_F(VerifierChannelsTest, WhoWaitsIsGivenOneThatIsFoundMeanwhile) {
  const ReservedPort nobody;
  channels_.Set({TargetOfAddress(nobody.address())});
  std::thread waiting([this] { EXPECT_EQ(TargetOf(key_of_a_), a()); });
  EXPECT_TRUE(base::Eventually([this] { return missed_ > 0; }));
  channels_.Set({a()});
  waiting.join();
}

TEST_F(VerifierChannelsTest, WithoutAConnectionThereIsNoTurnButAnyOne) {
  EXPECT_EQ(channels_.State(), "idle");
  EXPECT_FALSE(channels_.AwaitTurn(1, "", base::In(absl::Milliseconds(10))).has_value());
  EXPECT_GT(missed_, 0);
  missed_ = 0;
  EXPECT_FALSE(channels_.AnyTurn(1, base::In(absl::Milliseconds(10))).has_value());
  EXPECT_GT(missed_, 0);
  missed_ = 0;
  const ReservedPort nobody;
  channels_.Set({TargetOfAddress(nobody.address())});
  EXPECT_FALSE(channels_.AwaitTurn(1, "", base::In(absl::Milliseconds(10))).has_value());
  EXPECT_EQ(channels_.AnyTurn(1, base::Soon())->target(), TargetOfAddress(nobody.address()));
  EXPECT_GT(missed_, 0);
  EXPECT_TRUE(base::Eventually([this] { return channels_.State() == "transient failure"; }));
  // The best of both.
  channels_.Set({TargetOfAddress(nobody.address()), a()});
  EXPECT_EQ(TargetOf(key_of_a_), a());
  EXPECT_EQ(channels_.State(), "ready");
}

}  // namespace
}  // namespace countersign::shim

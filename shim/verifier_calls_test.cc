#include "shim/verifier_calls.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "shim/test_verifier_server.h"

namespace countersign::shim {
namespace {

class VerifierCallsTest : public testing::Test {
 protected:
  VerifierCallsTest() { channels_.Set({server_.address()}); }

  VerifierChannels::Turn Turn() { return *channels_.AwaitTurn(0, "", base::Soon()); }
  bool Start(VerifierCalls& calls, absl::Time deadline, VerifierCalls::OnEnd on_end) {
    v1::VerifyImagesRequest request;
    request.add_images()->set_reference("nginx");
    return calls.Start(Turn(), request, deadline, {}, std::move(on_end));
  }

  TestVerifierServer server_{"a"};
  VerifierChannels channels_{[](const std::string& target) {
                               return grpc::CreateChannel(target,
                                                          grpc::InsecureChannelCredentials());
                             },
                             [] {}};
};

TEST_F(VerifierCallsTest, EachIsHandedOnOnce) {
  std::atomic<int> ended = 0;
  VerifierCalls calls;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Start(calls, base::Soon(), [&](VerifierCalls::Call& call) {
      EXPECT_TRUE(call.status.ok()) << call.status.error_message();
      EXPECT_EQ(call.response.warnings(0), "a1");
      ++ended;
    }));
  }
  EXPECT_TRUE(base::Eventually([&] { return ended == 20; }));
  EXPECT_EQ(server_.service.calls, 20);
}

TEST_F(VerifierCallsTest, AtItsDeadlineACallEnds) {
  server_.service.hangs = true;
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(Start(calls, base::In(absl::Milliseconds(100)), [&](VerifierCalls::Call& call) {
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    ended = true;
  }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

TEST_F(VerifierCallsTest, AnotherMayBeStartedWhereOneIsHandedOn) {
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(Start(calls, base::Soon(), [&](VerifierCalls::Call&) {
    EXPECT_TRUE(Start(calls, base::Soon(), [&](VerifierCalls::Call& second) {
      EXPECT_TRUE(second.status.ok());
      ended = true;
    }));
  }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

TEST_F(VerifierCallsTest, WhatThrowsHoldsUpNoOther) {
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(Start(calls, base::Soon(),
                    [](VerifierCalls::Call&) -> void { throw std::runtime_error("thrown"); }));
  EXPECT_TRUE(Start(calls, base::Soon(), [&](VerifierCalls::Call&) { ended = true; }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

TEST_F(VerifierCallsTest, WhatIsInProgressAtTheEndIsCancelledAndNothingIsHandedOnAfterwards) {
  server_.service.hangs = true;
  std::atomic<int> cancelled = 0;
  std::atomic<int> refused = 0;
  {
    VerifierCalls calls;
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(Start(calls, absl::InfiniteFuture(), [&](VerifierCalls::Call& call) {
        EXPECT_EQ(call.status.error_code(), grpc::StatusCode::CANCELLED);
        EXPECT_TRUE(calls.is_ending());
        ++cancelled;
        // Nor is anything asked instead.
        refused += !Start(calls, base::Soon(), [](VerifierCalls::Call&) { ADD_FAILURE(); });
      }));
    }
    EXPECT_TRUE(base::Eventually([&] { return server_.service.calls == 3; }));
  }
  EXPECT_EQ(cancelled, 3);
  EXPECT_EQ(refused, 3);
}

}  // namespace
}  // namespace countersign::shim

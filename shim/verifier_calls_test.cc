#include "shim/verifier_calls.h"

#include <atomic>
#include <memory>
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
#include "shim/verifier_channels.h"

namespace countersign::shim {
namespace {

class VerifierCallsTest : public testing::Test {
 protected:
  VerifierCallsTest() { channels_.Set({server_.address()}); }

  VerifierChannels::Turn Turn() { return *channels_.AwaitTurn(0, "", base::Soon()); }
  using Ended = VerifierCalls::Ended<v1::VerifyImagesResponse>;
  bool Start(VerifierCalls& calls, absl::Time deadline,
             VerifierCalls::OnEnd<v1::VerifyImagesResponse> on_end) {
    v1::VerifyImagesRequest request;
    request.add_images()->set_reference("nginx");
    const auto turn = std::make_shared<VerifierChannels::Turn>(Turn());
    return calls.Start(turn->stub(), request, deadline, {},
                       [turn, on_end = std::move(on_end)](Ended call) mutable { on_end(call); });
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
    EXPECT_TRUE(Start(calls, base::Soon(), [&](Ended call) {
      EXPECT_TRUE(call.status.ok()) << call.status.error_message();
      EXPECT_EQ(call.response.warnings(0), "a1");
      ++ended;
    }));
  }
  EXPECT_TRUE(base::Eventually([&] { return ended == 20; }));
  EXPECT_EQ(server_.service.calls, 20);
}

TEST_F(VerifierCallsTest, SeveralQuestionsAreAnsweredInOne) {
  v1::RecallVerdictsRequest request;
  for (int images : {1, 3}) {
    v1::VerifyImagesRequest& question = *request.add_questions()->mutable_question();
    for (int i = 0; i < images; ++i) question.add_images()->set_reference("nginx");
  }
  VerifierChannels::Turn turn = Turn();
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(calls.Start(turn.stub(), request, base::Soon(),
                          [&](VerifierCalls::Ended<v1::RecallVerdictsResponse> call) {
                            EXPECT_TRUE(call.status.ok()) << call.status.error_message();
                            ASSERT_EQ(call.response.answers_size(), 2);
                            EXPECT_EQ(call.response.answers(0).answer().warnings(0), "a1");
                            EXPECT_EQ(call.response.answers(1).answer().warnings(0), "a3");
                            ended = true;
                          }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

// Some of it is there then, which is not to be taken for all.
TEST_F(VerifierCallsTest, AnAnswerThatCannotBeReadIsNone) {
  TestVerifierServer server("no UTF-8: \xff");
  channels_.Set({server.address()});
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(Start(calls, base::Soon(), [&](Ended call) {
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::INTERNAL);
    ended = true;
  }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

TEST_F(VerifierCallsTest, AtItsDeadlineACallEnds) {
  server_.service.hangs = true;
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(Start(calls, base::In(absl::Milliseconds(100)), [&](Ended call) {
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    ended = true;
  }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

TEST_F(VerifierCallsTest, AnotherMayBeStartedWhereOneIsHandedOn) {
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(Start(calls, base::Soon(), [&](Ended) {
    EXPECT_TRUE(Start(calls, base::Soon(), [&](Ended second) {
      EXPECT_TRUE(second.status.ok());
      ended = true;
    }));
  }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

TEST_F(VerifierCallsTest, WhatThrowsHoldsUpNoOther) {
  std::atomic<bool> ended = false;
  VerifierCalls calls;
  EXPECT_TRUE(
      Start(calls, base::Soon(), [](Ended) -> void { throw std::runtime_error("thrown"); }));
  EXPECT_TRUE(Start(calls, base::Soon(), [&](Ended) { ended = true; }));
  EXPECT_TRUE(base::Eventually([&] { return ended.load(); }));
}

TEST_F(VerifierCallsTest, WhatIsInProgressAtTheEndIsCancelledAndNothingIsHandedOnAfterwards) {
  server_.service.hangs = true;
  std::atomic<int> cancelled = 0;
  std::atomic<int> refused = 0;
  {
    VerifierCalls calls;
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(Start(calls, absl::InfiniteFuture(), [&](Ended call) {
        EXPECT_EQ(call.status.error_code(), grpc::StatusCode::CANCELLED);
        EXPECT_TRUE(calls.is_ending());
        ++cancelled;
        // Nor is anything asked instead.
        refused += !Start(calls, base::Soon(), [](Ended) { ADD_FAILURE(); });
      }));
    }
    EXPECT_TRUE(base::Eventually([&] { return server_.service.calls == 3; }));
  }
  EXPECT_EQ(cancelled, 3);
  EXPECT_EQ(refused, 3);
}

}  // namespace
}  // namespace countersign::shim

#include "shim/question_sender.h"

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "shim/singly_asked.h"
#include "shim/test_verifier_server.h"

namespace countersign::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Of a question of so many images: who answered it and with whom it was asked.
class QuestionSenderTest : public testing::Test {
 protected:
  QuestionSenderTest() {
    channels_.Set({server_.address()});
    busy_.emplace(channels_.AwaitTurn(0, "", base::Soon()).value());
  }
  // What waits for this waits no longer.
  ~QuestionSenderTest() override {
    if (!release_.HasBeenNotified()) release_.Notify();
  }

  // From now on the verifier answers nothing before it is let go.
  void Hold() {
    server_.service.meanwhile = [this] { EXPECT_TRUE(base::Await(release_)); };
  }

  bool Send(int images, absl::Time deadline = base::Soon(), const base::TraceContext& trace = {}) {
    return sender_->Send({.turn = *channels_.TryTurn(0),
                          .request = Question(images),
                          .deadline = deadline,
                          .trace = trace,
                          .on_answer = [this, images](VerifierClient::FirstAnswer first) {
                            absl::MutexLock lock(&mutex_);
                            came_.push_back({images, TextOf(first)});
                          }});
  }

  // "a2": the verifier, and how many images it was asked about; "unsent"; or the error, and at whom it was if another
  // is to be asked.
  std::string TextOf(const VerifierClient::FirstAnswer& first) const {
    if (first.is_unsent) return "unsent";
    if (first.result.answer.ok()) return first.result.answer->warnings(0);
    const std::string code = absl::StatusCodeToString(first.result.answer.status().code());
    if (first.not_at.empty()) return code;
    EXPECT_EQ(first.not_at, server_.address());
    return absl::StrCat(code, " elsewhere");
  }

  // Three, the first at once and the others with the next call; what takes the answer of the second throws.
  void SendOneThatThrowsAmongOthers() {
    Hold();
    EXPECT_TRUE(Send(1));
    EXPECT_TRUE(SendThrowing());
    EXPECT_TRUE(Send(3));
    EXPECT_TRUE(HaveCome(1));
    release_.Notify();
  }

  bool SendThrowing() {
    return sender_->Send({.turn = *channels_.TryTurn(0),
                          .request = Question(1),
                          .deadline = base::Soon(),
                          .trace = {},
                          .on_answer = [](const VerifierClient::FirstAnswer&) -> void {
                            throw std::runtime_error("thrown");
                          }});
  }

  static std::shared_ptr<const v1::VerifyImagesRequest> Question(int images) {
    auto question = std::make_shared<v1::VerifyImagesRequest>();
    for (int i = 0; i < images; ++i) question->add_images()->set_reference("nginx");
    return question;
  }

  // What came of so many questions, by how many images they have.
  std::multimap<int, std::string> Await(size_t questions) {
    EXPECT_TRUE(base::Eventually([&] {
      absl::MutexLock lock(&mutex_);
      return came_.size() == questions;
    }));
    absl::MutexLock lock(&mutex_);
    return {came_.begin(), came_.end()};
  }

  void Forget() {
    absl::MutexLock lock(&mutex_);
    came_.clear();
  }

  bool HaveCome(size_t calls) {
    return base::Eventually([&] { return server_.service.recalled().size() == calls; });
  }

  // How many questions each call had that had several, or might have.
  std::vector<int> Together() const {
    std::vector<int> counts;
    for (const auto& call : server_.service.recalled()) counts.push_back(call.questions_size());
    return counts;
  }

  absl::Notification release_;
  TestVerifierServer server_{"a"};
  VerifierChannels channels_{[](const std::string& target) {
                               return grpc::CreateChannel(target,
                                                          grpc::InsecureChannelCredentials());
                             },
                             [] {}};
  // Another question that the verifier has.
  std::optional<VerifierChannels::Turn> busy_;
  absl::Mutex mutex_;
  std::vector<std::pair<int, std::string>> came_ ABSL_GUARDED_BY(mutex_);
  VerifierPeers peers_;
  base::FakeClock clock_;
  std::unique_ptr<QuestionSender> sender_ = std::make_unique<QuestionSender>(&peers_, &clock_);
};

TEST_F(QuestionSenderTest, AQuestionAloneIsAskedByItself) {
  busy_.reset();
  EXPECT_TRUE(Send(2));
  EXPECT_THAT(Await(1), ElementsAre(std::pair(2, "a2")));
  EXPECT_THAT(Together(), IsEmpty());
  EXPECT_EQ(server_.service.calls, 1);
}

TEST_F(QuestionSenderTest, WhatComesWhileOneIsUnderWayGoesTogether) {
  Hold();
  for (const int images : {1, 2, 3, 4}) EXPECT_TRUE(Send(images));
  EXPECT_TRUE(HaveCome(1));
  release_.Notify();
  EXPECT_THAT(Await(4), ElementsAre(std::pair(1, "a1"), std::pair(2, "a2"), std::pair(3, "a3"),
                                    std::pair(4, "a4")));
  EXPECT_THAT(Together(), ElementsAre(1, 3));
  EXPECT_EQ(server_.service.calls, 0);
  ASSERT_EQ(peers_.All().size(), 1u);
  EXPECT_EQ(peers_.All()[0].calls, 2u);
}

TEST_F(QuestionSenderTest, WhatIsNotRememberedIsThenAskedByItself) {
  server_.service.remembers = false;
  Hold();
  for (const int images : {1, 2, 3}) EXPECT_TRUE(Send(images));
  EXPECT_TRUE(HaveCome(1));
  release_.Notify();
  EXPECT_THAT(Await(3), ElementsAre(std::pair(1, "a1"), std::pair(2, "a2"), std::pair(3, "a3")));
  EXPECT_THAT(Together(), ElementsAre(1, 2));
  EXPECT_EQ(server_.service.calls, 3);
}

TEST_F(QuestionSenderTest, AfterManyInVainTheyAreAskedSinglyForAMoment) {
  server_.service.remembers = false;
  for (size_t i = 0; i < SinglyAsked::kInVain; ++i) {
    EXPECT_TRUE(Send(1));
    Await(1);
    Forget();
  }
  EXPECT_EQ(Together().size(), SinglyAsked::kInVain);
  EXPECT_TRUE(Send(1));
  Await(1);
  Forget();
  EXPECT_EQ(Together().size(), SinglyAsked::kInVain);
  clock_.Advance(SinglyAsked::kAsInVain);
  EXPECT_TRUE(Send(1));
  Await(1);
  EXPECT_EQ(Together().size(), SinglyAsked::kInVain + 1);
}

// While the verifier was slow its time has passed.
TEST_F(QuestionSenderTest, WhatHasLittleTimeWhenItsTurnComesGoesByItself) {
  Hold();
  EXPECT_TRUE(Send(1));
  EXPECT_TRUE(HaveCome(1));
  const absl::Time soon = base::In(absl::Milliseconds(3'200));
  EXPECT_TRUE(Send(2, soon));
  EXPECT_TRUE(Send(3));
  EXPECT_TRUE(base::Eventually([&] { return base::TimeLeft(soon) < absl::Seconds(3); }));
  release_.Notify();
  EXPECT_THAT(Await(3), ElementsAre(std::pair(1, "a1"), std::pair(2, "a2"), std::pair(3, "a3")));
  EXPECT_THAT(Together(), ElementsAre(1, 1));
  EXPECT_EQ(server_.service.calls, 1);
}

TEST_F(QuestionSenderTest, AVerifierThatAnswersNothingTogetherIsAskedSingly) {
  server_.service.recall_answer = grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "older");
  for (const int images : {1, 2, 3}) {
    EXPECT_TRUE(Send(images));
    EXPECT_EQ(Await(images).count(images), 1u);
  }
  EXPECT_THAT(Together(), ElementsAre(1));
  EXPECT_EQ(server_.service.calls, 3);
}

// Only another verifier may be asked what this one may have read. What was to follow no verifier has read.
TEST_F(QuestionSenderTest, WhatIsCutOffIsForAnotherAndWhatHasGatheredForAny) {
  server_.service.recall_answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "no");
  Hold();
  for (const int images : {1, 2, 3}) EXPECT_TRUE(Send(images));
  EXPECT_TRUE(HaveCome(1));
  release_.Notify();
  EXPECT_THAT(Await(3), ElementsAre(std::pair(1, "UNAVAILABLE elsewhere"), std::pair(2, "unsent"),
                                    std::pair(3, "unsent")));
  EXPECT_THAT(Together(), ElementsAre(1));
  EXPECT_EQ(server_.service.calls, 0);
}

TEST_F(QuestionSenderTest, OneThatIsFullIsNotAskedWhatHasGathered) {
  server_.service.recall_answer = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "no");
  Hold();
  for (const int images : {1, 2}) EXPECT_TRUE(Send(images));
  EXPECT_TRUE(HaveCome(1));
  release_.Notify();
  EXPECT_THAT(Await(2),
              ElementsAre(std::pair(1, "RESOURCE_EXHAUSTED elsewhere"), std::pair(2, "unsent")));
  EXPECT_EQ(server_.service.calls, 0);
}

TEST_F(QuestionSenderTest, AfterAMomentOfSilenceAnotherIsAsked) {
  server_.service.hangs = true;
  for (const int images : {1, 2, 3}) EXPECT_TRUE(Send(images));
  EXPECT_THAT(Await(3), ElementsAre(std::pair(1, "DEADLINE_EXCEEDED elsewhere"),
                                    std::pair(2, "unsent"), std::pair(3, "unsent")));
  EXPECT_THAT(Together(), ElementsAre(1));
  EXPECT_EQ(server_.service.calls, 0);
}

TEST_F(QuestionSenderTest, AFaultOfABatchIsNoQuestions) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::INTERNAL}) {
    server_.service.recall_answer = grpc::Status(code, "no");
    EXPECT_TRUE(Send(1));
    EXPECT_THAT(Await(1), ElementsAre(std::pair(1, "a1")));
    Forget();
  }
  EXPECT_THAT(Together(), ElementsAre(1, 1));
}

TEST_F(QuestionSenderTest, WhatHasLittleTimeOrIsLargeGoesByItself) {
  EXPECT_TRUE(Send(1, base::In(absl::Seconds(2))));
  EXPECT_TRUE(Send(17));
  EXPECT_THAT(Await(2), UnorderedElementsAre(std::pair(1, "a1"), std::pair(17, "a17")));
  EXPECT_THAT(Together(), IsEmpty());
}

TEST_F(QuestionSenderTest, OneThatThrowsTakesNothingFromTheOthers) {
  SendOneThatThrowsAmongOthers();
  EXPECT_THAT(Await(2), ElementsAre(std::pair(1, "a1"), std::pair(3, "a3")));
  EXPECT_THAT(Together(), ElementsAre(1, 2));
}

TEST_F(QuestionSenderTest, EachIsAskedInItsSpan) {
  const base::TraceContext trace = {.trace_id = std::string(32, 'a'),
                                    .span_id = std::string(16, 'b')};
  EXPECT_TRUE(Send(1, base::Soon(), trace));
  Await(1);
  ASSERT_THAT(Together(), ElementsAre(1));
  EXPECT_EQ(server_.service.recalled()[0].questions(0).traceparent(),
            base::WriteTraceparent(trace));
}

TEST_F(QuestionSenderTest, OneThatThrowsOutOfABatchTakesNothingFromTheOthers) {
  server_.service.recall_answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "no");
  SendOneThatThrowsAmongOthers();
  EXPECT_THAT(Await(2), ElementsAre(std::pair(1, "UNAVAILABLE elsewhere"), std::pair(3, "unsent")));
}

TEST_F(QuestionSenderTest, AtItsEndAllAreHandedOnAndNoneIsForAnother) {
  Hold();
  for (const int images : {1, 2, 3}) EXPECT_TRUE(Send(images));
  EXPECT_TRUE(HaveCome(1));
  sender_.reset();
  EXPECT_THAT(Await(3), ElementsAre(std::pair(1, "CANCELLED"), std::pair(2, "CANCELLED"),
                                    std::pair(3, "CANCELLED")));
  EXPECT_THAT(Together(), ElementsAre(1));
}

TEST_F(QuestionSenderTest, EachIsACallInProgressUntilItsAnswerIsThere) {
  Hold();
  for (const int images : {1, 2}) EXPECT_TRUE(Send(images));
  EXPECT_TRUE(HaveCome(1));
  busy_.reset();
  EXPECT_FALSE(channels_.TryTurn(0)->is_alone());
  release_.Notify();
  Await(2);
  EXPECT_TRUE(channels_.TryTurn(0)->is_alone());
}

}  // namespace
}  // namespace countersign::shim

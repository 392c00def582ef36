#include "shim/question_sender.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "base/deadline.h"
#include "base/log_thrown.h"
#include "shim/call_outcome.h"

namespace countersign::shim {
namespace {

// A verifier answers from memory at once, or has vanished; and what it did not answer can still be asked of
// another.
constexpr absl::Duration kBatchDeadline = kConnectionWait;
constexpr absl::Duration kLeastTime = absl::Seconds(3);

// Whether what may have come to a verifier so may be for another.
bool MayHaveVanished(const absl::Status& status) {
  return IsWorthAnother(status) || absl::IsDeadlineExceeded(status);
}

// What throws is a fault of ours, and no concern of the others that were asked with it.
void Guarded(absl::FunctionRef<void()> step) {
  base::LogThrown("shim", "What takes a verifier's answer threw", step);
}

VerifierClient::FirstAnswer Answer(v1::VerifyImagesResponse response) {
  VerifierClient::FirstAnswer first;
  first.result.answer = std::move(response);
  return first;
}

VerifierClient::FirstAnswer Failure(absl::Status status, std::string not_at = "") {
  VerifierClient::FirstAnswer first;
  first.result.answer = std::move(status);
  first.not_at = std::move(not_at);
  return first;
}

VerifierClient::FirstAnswer Unsent() {
  VerifierClient::FirstAnswer first;
  first.is_unsent = true;
  return first;
}

absl::Status Ending() { return absl::CancelledError("the client of verifiers ends"); }

// Questions in one message, which are those of whoever asks, and not copied: the message is good for as long as they
// are.
class TogetherAsked {
 public:
  explicit TogetherAsked(const std::vector<QuestionBatches::Asked>& asked) {
    for (const QuestionBatches::Asked& one : asked) {
      message_.add_questions()->set_traceparent(base::WriteTraceparent(one.trace));
    }
    // From here on nothing throws, which would end what is not its own. Writing a message down does not change it.
    for (size_t i = 0; i < asked.size(); ++i) {
      message_.mutable_questions(static_cast<int>(i))
          ->unsafe_arena_set_allocated_question(
              const_cast<v1::VerifyImagesRequest*>(asked[i].request.get()));
    }
  }
  ~TogetherAsked() {
    for (v1::RecalledQuestion& one : *message_.mutable_questions()) {
      one.unsafe_arena_release_question();
    }
  }
  TogetherAsked(const TogetherAsked&) = delete;
  TogetherAsked& operator=(const TogetherAsked&) = delete;

  const v1::RecallVerdictsRequest& message() const { return message_; }

 private:
  v1::RecallVerdictsRequest message_;
};

// Its verifier has one call less before that.
void HandOn(QuestionBatches::Asked& asked, VerifierClient::FirstAnswer answer) {
  VerifierClient::OnAnswer on_answer = std::move(asked.on_answer);
  { const VerifierChannels::Turn ended = std::move(asked.turn); }
  // Who asks may let it go.
  asked.request = nullptr;
  on_answer(std::move(answer));
}

}  // namespace

bool QuestionSender::Send(Asked asked) {
  if (IsForBatch(asked)) {
    QuestionBatches::Added added = batches_.Add(asked);
    if (added.next.has_value()) SendBatch(*std::move(added.next));
    if (added.is_taken) return true;
  }
  return SendAlone(std::make_shared<Asked>(std::move(asked)));
}

bool QuestionSender::IsForBatch(const Asked& asked) const {
  return !asked.turn.is_alone() && base::TimeLeft(asked.deadline) >= kLeastTime &&
         !singly_.Has(asked.turn.target());
}

bool QuestionSender::SendAlone(const std::shared_ptr<Asked>& asked) {
  auto take = [this, asked,
               sent = absl::Now()](VerifierCalls::Ended<v1::VerifyImagesResponse> ended) {
    absl::Status status = NoteOutcome(ended.context, ended.status, sent, asked->turn, peers_);
    if (status.ok()) return HandOn(*asked, Answer(std::move(ended.response)));
    // What was cancelled as the client ends is not sent again.
    const bool is_worth_another = IsWorthAnother(status) && !calls_.is_ending();
    HandOn(*asked, Failure(std::move(status), is_worth_another ? asked->turn.target() : ""));
  };
  return calls_.Start(asked->turn.stub(), *asked->request, asked->deadline, asked->trace,
                      std::move(take));
}

void QuestionSender::SendOrEnd(Asked asked) {
  const auto shared = std::make_shared<Asked>(std::move(asked));
  if (!SendAlone(shared)) HandOn(*shared, Failure(Ending()));
}

void QuestionSender::SendBatch(Batch batch) noexcept {
  const std::string target = batch.asked.front().turn.target();
  SendLate(batch);
  if (batch.asked.empty()) {
    if (std::optional<Batch> next = batches_.Next(target)) SendBatch(*std::move(next));
    return;
  }
  const auto shared = std::make_shared<Batch>(std::move(batch));
  auto take = [this, shared,
               sent = absl::Now()](VerifierCalls::Ended<v1::RecallVerdictsResponse> ended) {
    TakeAnswers(*shared, sent, ended);
  };
  const TogetherAsked together(shared->asked);
  const bool is_sent = calls_.Start(shared->asked.back().turn.stub(), together.message(),
                                    base::In(kBatchDeadline), std::move(take));
  if (is_sent) return;
  Disband(target, Ending());
  v1::RecallVerdictsResponse none;
  HandOut(*shared, Ending(), none);
}

void QuestionSender::SendLate(Batch& batch) {
  const auto is_late = [](const Asked& asked) {
    return base::TimeLeft(asked.deadline) < kLeastTime;
  };
  if (std::none_of(batch.asked.begin(), batch.asked.end(), is_late)) return;
  Batch left;
  for (Asked& asked : batch.asked) {
    if (is_late(asked)) {
      Guarded([&] { SendOrEnd(std::move(asked)); });
    } else {
      left.asked.push_back(std::move(asked));
    }
  }
  batch = std::move(left);
}

void QuestionSender::TakeAnswers(Batch& batch, absl::Time sent,
                                 VerifierCalls::Ended<v1::RecallVerdictsResponse> ended) noexcept {
  // The newest, as the channel to the target may have been made anew meanwhile.
  VerifierChannels::Turn& turn = batch.asked.back().turn;
  const absl::Status status = NoteOutcome(ended.context, ended.status, sent, turn, peers_);
  // What memory answers takes no time, so that even the deadline, which is ours, says enough.
  if (MayHaveVanished(status)) turn.TurnedAway();
  const std::string target = turn.target();
  if (status.ok()) {
    CountAnswers(target, batch, ended.response);
    // The verifier is at work while this one's answers are handed on.
    if (std::optional<Batch> next = batches_.Next(target)) SendBatch(*std::move(next));
  } else {
    if (absl::IsUnimplemented(status)) singly_.AddOlder(target);
    Disband(target, status);
  }
  HandOut(batch, status, ended.response);
}

void QuestionSender::HandOut(Batch& batch, const absl::Status& status,
                             v1::RecallVerdictsResponse& response) {
  for (size_t i = 0; i < batch.asked.size(); ++i) {
    const int at = static_cast<int>(i);
    v1::RecalledAnswer* const answer =
        at < response.answers_size() ? response.mutable_answers(at) : nullptr;
    Guarded([&] { TakeAnswer(std::move(batch.asked[i]), status, answer); });
  }
}

void QuestionSender::CountAnswers(const std::string& target, const Batch& batch,
                                  const v1::RecallVerdictsResponse& response) {
  const auto answered =
      std::count_if(response.answers().begin(), response.answers().end(),
                    [](const v1::RecalledAnswer& one) { return one.has_answer(); });
  singly_.Count(target, batch.asked.size(), answered > 0);
}

void QuestionSender::TakeAnswer(Asked asked, const absl::Status& status,
                                v1::RecalledAnswer* answer) {
  if (status.ok() && answer != nullptr && answer->has_answer()) {
    return HandOn(asked, Answer(std::move(*answer->mutable_answer())));
  }
  if (MayHaveVanished(status)) {
    return HandOn(asked, Failure(status, calls_.is_ending() ? "" : asked.turn.target()));
  }
  SendOrEnd(std::move(asked));
}

void QuestionSender::Disband(const std::string& target, const absl::Status& status) {
  const bool is_for_any = MayHaveVanished(status) && !calls_.is_ending();
  for (Batch& batch : batches_.Disband(target)) {
    for (Asked& asked : batch.asked) {
      Guarded([&] {
        if (is_for_any) return HandOn(asked, Unsent());
        SendOrEnd(std::move(asked));
      });
    }
  }
}

}  // namespace countersign::shim

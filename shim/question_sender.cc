#include "shim/question_sender.h"

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "shim/call_outcome.h"

namespace countersign::shim {
namespace {

// A verifier answers from memory at once, or has vanished; and what it did not answer can still be asked of
// another.
constexpr absl::Duration kBatchDeadline = kConnectionWait;
constexpr absl::Duration kLeastTime = absl::Seconds(3);
// A verifier that is older than this is asked again whether it still is, as one of another age may have taken
// its address.
constexpr absl::Duration kSingleFor = absl::Minutes(1);

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

absl::Status Ending() { return absl::CancelledError("the client of verifiers ends"); }

// Its verifier has one call less before that. What throws is no concern of the others that were asked with it.
void HandOn(QuestionBatches::Asked& asked, VerifierClient::FirstAnswer answer) {
  VerifierClient::OnAnswer on_answer = std::move(asked.on_answer);
  { const VerifierChannels::Turn ended = std::move(asked.turn); }
  try {
    on_answer(std::move(answer));
  } catch (const std::exception& exception) {
    base::LogError("shim", "What takes a verifier's answer threw", {{"error", exception.what()}});
  }
}

}  // namespace

bool QuestionSender::Send(VerifierChannels::Turn turn, const v1::VerifyImagesRequest& request,
                          absl::Time deadline, const base::TraceContext& trace,
                          VerifierClient::OnAnswer on_answer) {
  const bool is_for_batch = IsForBatch(turn, request, deadline);
  Asked asked = {.turn = std::move(turn),
                 .deadline = deadline,
                 .trace = trace,
                 .on_answer = std::move(on_answer)};
  if (!is_for_batch) return SendAlone(std::make_shared<Asked>(std::move(asked)), request);
  if (std::optional<Batch> batch = batches_.Add(std::move(asked), request)) {
    SendBatch(*std::move(batch));
  }
  return true;
}

bool QuestionSender::IsForBatch(const VerifierChannels::Turn& turn,
                                const v1::VerifyImagesRequest& request, absl::Time deadline) const {
  if (turn.is_alone() || base::TimeLeft(deadline) < kLeastTime ||
      !QuestionBatches::HasRoomFor(request)) {
    return false;
  }
  absl::MutexLock lock(&mutex_);
  if (single_.empty()) return true;
  const auto found = single_.find(turn.target());
  return found == single_.end() || base::HasPassed(found->second);
}

bool QuestionSender::SendAlone(const std::shared_ptr<Asked>& asked,
                               const v1::VerifyImagesRequest& request) {
  auto take = [this, asked,
               sent = absl::Now()](VerifierCalls::Ended<v1::VerifyImagesResponse> ended) {
    absl::Status status = NoteOutcome(ended.context, ended.status, sent, asked->turn, peers_);
    if (status.ok()) return HandOn(*asked, Answer(std::move(ended.response)));
    // What was cancelled as the client ends is not sent again.
    const bool is_worth_another = IsWorthAnother(status) && !calls_.is_ending();
    HandOn(*asked, Failure(std::move(status), is_worth_another ? asked->turn.target() : ""));
  };
  return calls_.Start(asked->turn.stub(), request, asked->deadline, asked->trace, std::move(take));
}

void QuestionSender::SendOrEnd(Asked asked, const v1::VerifyImagesRequest& request) {
  const auto shared = std::make_shared<Asked>(std::move(asked));
  if (!SendAlone(shared, request)) HandOn(*shared, Failure(Ending()));
}

void QuestionSender::SendBatch(Batch batch) {
  const auto shared = std::make_shared<Batch>(std::move(batch));
  auto take = [this, shared,
               sent = absl::Now()](VerifierCalls::Ended<v1::RecallVerdictsResponse> ended) {
    TakeAnswers(*shared, sent, ended);
  };
  v1::Verifier::Stub& stub = shared->asked.front().turn.stub();
  if (calls_.Start(stub, shared->request, base::In(kBatchDeadline), std::move(take))) return;
  Disband(shared->asked.front().turn.target());
  for (Asked& asked : shared->asked) HandOn(asked, Failure(Ending()));
}

void QuestionSender::TakeAnswers(Batch& batch, absl::Time sent,
                                 VerifierCalls::Ended<v1::RecallVerdictsResponse> ended) {
  VerifierChannels::Turn& turn = batch.asked.front().turn;
  const absl::Status status = NoteOutcome(ended.context, ended.status, sent, turn, peers_);
  if (status.ok()) {
    // The verifier is at work while this one's answers are handed on.
    if (std::optional<Batch> next = batches_.Next(turn.target())) SendBatch(*std::move(next));
  } else {
    if (absl::IsUnimplemented(status)) AskSingly(turn.target());
    Disband(turn.target());
  }
  for (size_t i = 0; i < batch.asked.size(); ++i) {
    const int at = static_cast<int>(i);
    v1::RecalledAnswer* const answer =
        at < ended.response.answers_size() ? ended.response.mutable_answers(at) : nullptr;
    TakeAnswer(std::move(batch.asked[i]), batch.request.questions(at).question(), status, answer);
  }
}

void QuestionSender::TakeAnswer(Asked asked, const v1::VerifyImagesRequest& request,
                                const absl::Status& status, v1::RecalledAnswer* answer) {
  if (status.ok() && answer != nullptr && answer->has_answer()) {
    return HandOn(asked, Answer(std::move(*answer->mutable_answer())));
  }
  // It may have been read.
  if (IsWorthAnother(status) || absl::IsDeadlineExceeded(status)) {
    return HandOn(asked, Failure(status, calls_.is_ending() ? "" : asked.turn.target()));
  }
  SendOrEnd(std::move(asked), request);
}

void QuestionSender::Disband(const std::string& target) {
  for (Batch& batch : batches_.Disband(target)) {
    for (size_t i = 0; i < batch.asked.size(); ++i) {
      SendOrEnd(std::move(batch.asked[i]), batch.request.questions(static_cast<int>(i)).question());
    }
  }
}

void QuestionSender::AskSingly(const std::string& target) {
  absl::MutexLock lock(&mutex_);
  absl::erase_if(single_, [](const auto& known) { return base::HasPassed(known.second); });
  single_[target] = base::In(kSingleFor);
}

}  // namespace countersign::shim

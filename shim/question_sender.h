#ifndef COUNTERSIGN_SHIM_QUESTION_SENDER_H_
#define COUNTERSIGN_SHIM_QUESTION_SENDER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/trace_context.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/question_batches.h"
#include "shim/singly_asked.h"
#include "shim/verifier_calls.h"
#include "shim/verifier_channels.h"
#include "shim/verifier_client.h"
#include "shim/verifier_peers.h"

namespace countersign::shim {

// Sends questions to verifiers without waiting, and hands on what comes of each
// (docs/decisions/0019-several-questions-in-a-call.md):
// - by itself (VerifyImages) where the verifier has none of this process, or there is little time for it;
// - with others (RecallVerdicts) where it has. What is not answered so is then sent by itself.
// What a verifier may have read, but was cut off, turned away or late, is handed on as a question that another may
// answer, and not sent from here again; what was to be sent next to such a verifier, as one that was not sent.
// Thread-safe.
class QuestionSender {
 public:
  // Both must outlive this.
  explicit QuestionSender(VerifierPeers* peers, const base::Clock* clock = &base::Clock::Real())
      : peers_(*peers), singly_(clock) {}
  // What is in progress is cancelled, and handed on so. Nothing is after that.
  ~QuestionSender() = default;
  QuestionSender(const QuestionSender&) = delete;
  QuestionSender& operator=(const QuestionSender&) = delete;

  using Asked = QuestionBatches::Asked;
  // As VerifierClient::TryVerifyImages, to the verifier whose turn it is. False only while this ends.
  bool Send(Asked asked);

 private:
  using Batch = QuestionBatches::Batch;

  bool IsForBatch(const Asked& asked) const;
  // False, and nothing is handed on, while this ends.
  bool SendAlone(const std::shared_ptr<Asked>& asked);
  // The same, but that is handed on, too.
  void SendOrEnd(Asked asked);
  // What threw in these two would leave whatever gathers for the verifier waiting for ever.
  void SendBatch(Batch batch) noexcept;
  // Those for which little time is left, by themselves; they are in the batch no more.
  void SendLate(Batch& batch);
  void TakeAnswers(Batch& batch, absl::Time sent,
                   VerifierCalls::Ended<v1::RecallVerdictsResponse> ended) noexcept;
  // What came of each of the batch's questions.
  void HandOut(Batch& batch, const absl::Status& status, v1::RecallVerdictsResponse& response);
  // `answer` is null where there is none.
  void TakeAnswer(Asked asked, const absl::Status& status, v1::RecalledAnswer* answer);
  // What has gathered for a verifier at which a batch failed with `status` is handed on unsent, or sent by itself.
  void Disband(const std::string& target, const absl::Status& status);
  void CountAnswers(const std::string& target, const Batch& batch,
                    const v1::RecallVerdictsResponse& response);

  VerifierPeers& peers_;
  QuestionBatches batches_;
  SinglyAsked singly_;
  // The last, so that it ends first: what is handed on uses the others.
  VerifierCalls calls_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_QUESTION_SENDER_H_

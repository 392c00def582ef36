#ifndef COUNTERSIGN_VERIFIER_SERVING_RECALL_ANSWER_H_
#define COUNTERSIGN_VERIFIER_SERVING_RECALL_ANSWER_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "verifier/serving/api_answer.h"
#include "verifier/serving/verify_answer.h"

namespace countersign::verifier {

// The answer to RecallVerdicts: of each question what VerifyImages answers at once. All of them together take no
// more of the thread, and are not much longer, than one question that is answered so.
class RecallAnswer final : public ApiAnswer {
 public:
  // In the order of the questions; null for those that are not answered.
  explicit RecallAnswer(std::vector<std::unique_ptr<VerifyAnswer>> questions);

  std::optional<absl::StatusOr<grpc::ByteBuffer>> AnswerAtOnce() override { return Answer(); }
  absl::StatusOr<grpc::ByteBuffer> Answer() override;

 private:
  const std::vector<std::unique_ptr<VerifyAnswer>> questions_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_RECALL_ANSWER_H_

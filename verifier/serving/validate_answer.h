#ifndef COUNTERSIGN_VERIFIER_SERVING_VALIDATE_ANSWER_H_
#define COUNTERSIGN_VERIFIER_SERVING_VALIDATE_ANSWER_H_

#include <optional>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "verifier/serving/api_answer.h"

namespace countersign::verifier {

// The answer to ValidatePolicy: never at once, as it may take long, and so has its turns.
class ValidateAnswer final : public ApiAnswer {
 public:
  // `parts` must outlive this.
  ValidateAnswer(const Parts* parts, Asked asked, v1::ValidatePolicyRequest request);

  std::optional<absl::StatusOr<grpc::ByteBuffer>> AnswerAtOnce() override { return std::nullopt; }
  absl::StatusOr<grpc::ByteBuffer> Answer() override;

 private:
  const Parts& parts_;
  Asked asked_;
  const v1::ValidatePolicyRequest request_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_VALIDATE_ANSWER_H_

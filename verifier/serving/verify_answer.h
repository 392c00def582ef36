#ifndef COUNTERSIGN_VERIFIER_SERVING_VERIFY_ANSWER_H_
#define COUNTERSIGN_VERIFIER_SERVING_VERIFY_ANSWER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "grpcpp/support/byte_buffer.h"
#include "verifier/serving/api_answer.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// The answer to VerifyImages: at once where nothing has to be looked at, and nothing proved anew.
class VerifyAnswer final : public ApiAnswer {
 public:
  // `parts` must outlive this.
  VerifyAnswer(const Parts* parts, Asked asked, WorkloadQuestion question);

  std::optional<absl::StatusOr<grpc::ByteBuffer>> AnswerAtOnce() override;
  absl::StatusOr<grpc::ByteBuffer> Answer() override;

  // What AnswerAtOnce gives, in parts that are its bytes one after the other; `room` as VerifyAtOnce has it.
  std::optional<absl::StatusOr<std::vector<std::string>>> PartsAtOnce(size_t& room);

 private:
  // Writes what `verify` tells; nullopt as from that.
  using Verify = absl::FunctionRef<std::optional<absl::Status>(const Inquirer& inquirer,
                                                               ImageVerifier::Tell tell)>;
  std::optional<absl::StatusOr<std::vector<std::string>>> Write(Verify verify);
  // The log, the last verdicts and the differences.
  void Keep(const ImageVerdict& image, absl::Span<const size_t> uses) const;

  const Parts& parts_;
  Asked asked_;
  const WorkloadQuestion question_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_VERIFY_ANSWER_H_

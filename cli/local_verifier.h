#ifndef COUNTERSIGN_CLI_LOCAL_VERIFIER_H_
#define COUNTERSIGN_CLI_LOCAL_VERIFIER_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "shim/verifier_client.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/messages.h"
#include "verifier/serving/verdict_log.h"

namespace countersign::cli {

// A VerifierClient whose verifier is in the same process, with the cluster's credentials. Thread-safe.
class LocalVerifier final : public shim::VerifierClient {
 public:
  // `verifier` must outlive this object.
  explicit LocalVerifier(verifier::ImageVerifier* verifier) : verifier_(verifier) {}

  shim::CallResult<v1::VerifyImagesResponse> VerifyImages(
      const v1::VerifyImagesRequest& request, absl::Time deadline,
      const base::TraceContext& trace) override {
    absl::StatusOr<verifier::WorkloadQuestion> question = verifier::ReadQuestion(request);
    if (!question.ok()) return {.answer = std::move(question).status()};
    question->trace = trace;
    const verifier::WorkloadAnswer answer =
        verifier_->Verify(*question, {.credentials = verifier::CredentialUse::kCluster}, deadline);
    verifier::LogVerdicts(*question, answer);
    return {.answer = verifier::WriteAnswer(*question, answer)};
  }

 private:
  verifier::ImageVerifier* const verifier_;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LOCAL_VERIFIER_H_

#ifndef COUNTERSIGN_VERIFIER_VERIFIER_SERVICE_H_
#define COUNTERSIGN_VERIFIER_VERIFIER_SERVICE_H_

#include <atomic>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/call_metrics.h"
#include "verifier/client_rules.h"
#include "verifier/image_verifier.h"

namespace countersign::verifier {

// Longest message of a VerifyImages call (proto/countersign/v1/verifier.proto).
inline constexpr size_t kMaxQuestionBytes = 1 << 20;

// The rpcs' side of ImageVerifier and ValidatePolicy: who may ask for what, deadlines, the number
// of calls in progress, and status codes. Thread-safe.
class VerifierService final : public v1::Verifier::Service {
 public:
  // `verifier` must outlive the service, and so must `metrics`, which may be null.
  VerifierService(ImageVerifier* verifier, ClientRules clients, int max_calls_in_progress,
                  CallMetrics* metrics);

  grpc::Status VerifyImages(grpc::ServerContext* context, const v1::VerifyImagesRequest* request,
                            v1::VerifyImagesResponse* response) override;

  grpc::Status ValidatePolicy(grpc::ServerContext* context,
                              const v1::ValidatePolicyRequest* request,
                              v1::ValidatePolicyResponse* response) override;

 private:
  // What `answer` returns, unless there are as many calls in progress as may be.
  grpc::Status Answer(ApiMethod method, const std::function<absl::Status()>& answer);
  // The rights of whoever calls. PermissionDenied if nobody has listed it, or not for this
  // namespace.
  absl::StatusOr<ClientRights> Authorize(const grpc::ServerContext& context,
                                         std::string_view workload_namespace) const;

  ImageVerifier* const verifier_;
  const ClientRules clients_;
  const int max_calls_in_progress_;
  CallMetrics* const metrics_;
  std::atomic<int> calls_in_progress_ = 0;
};

// By when a call's verdicts must be there so that they reach a caller who gives up at `deadline`: a
// tenth of the time left earlier, at most 200 ms. A call without a deadline, or with one further
// away, is given 10 seconds.
absl::Time VerdictsDeadline(absl::Time now, absl::Time deadline);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_VERIFIER_SERVICE_H_

#ifndef COUNTERSIGN_VERIFIER_VERIFIER_SERVICE_H_
#define COUNTERSIGN_VERIFIER_VERIFIER_SERVICE_H_

#include <atomic>

#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "verifier/image_verifier.h"

namespace countersign::verifier {

// The rpc's side of ImageVerifier: deadlines, the number of calls in progress, and status codes.
// Thread-safe.
class VerifierService final : public v1::Verifier::Service {
 public:
  // `verifier` must outlive the service.
  VerifierService(ImageVerifier* verifier, int max_calls_in_progress);

  grpc::Status VerifyImages(grpc::ServerContext* context, const v1::VerifyImagesRequest* request,
                            v1::VerifyImagesResponse* response) override;

 private:
  ImageVerifier* const verifier_;
  const int max_calls_in_progress_;
  std::atomic<int> calls_in_progress_ = 0;
};

// By when a call's verdicts must be there so that they reach a caller who gives up at `deadline`: a
// tenth of the time left earlier, at most 200 ms. A call without a deadline, or with one further
// away, is given 10 seconds.
absl::Time VerdictsDeadline(absl::Time now, absl::Time deadline);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_VERIFIER_SERVICE_H_

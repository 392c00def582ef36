#include "verifier/verifier_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace countersign::verifier {
namespace {

constexpr absl::Duration kLongestCall = absl::Seconds(10);
constexpr absl::Duration kLongestAnswer = absl::Milliseconds(200);

// The codes are the same numbers by design of Abseil (absl/status/status.h).
grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace

absl::Time VerdictsDeadline(absl::Time now, absl::Time deadline) {
  const absl::Duration left = std::min(deadline - now, kLongestCall);
  return now + left - std::min(left / 10, kLongestAnswer);
}

VerifierService::VerifierService(ImageVerifier* verifier, int max_calls_in_progress)
    : verifier_(verifier), max_calls_in_progress_(max_calls_in_progress) {}

grpc::Status VerifierService::VerifyImages(grpc::ServerContext* context,
                                           const v1::VerifyImagesRequest* request,
                                           v1::VerifyImagesResponse* response) {
  absl::Cleanup leave = [this] { calls_in_progress_.fetch_sub(1, std::memory_order_relaxed); };
  if (calls_in_progress_.fetch_add(1, std::memory_order_relaxed) >= max_calls_in_progress_) {
    return grpc::Status(
        grpc::StatusCode::RESOURCE_EXHAUSTED,
        "this verifier has as many calls in progress as it takes; ask another replica");
  }
  const absl::Time deadline = absl::FromChrono(context->deadline());
  absl::StatusOr<v1::VerifyImagesResponse> answer =
      verifier_->VerifyImages(*request, VerdictsDeadline(absl::Now(), deadline));
  if (!answer.ok()) return ToGrpc(answer.status());
  *response = *std::move(answer);
  return grpc::Status::OK;
}

}  // namespace countersign::verifier

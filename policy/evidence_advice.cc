#include "policy/evidence_advice.h"

namespace countersign::policy {

std::string_view AdviceAbout(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return "The registry refused every credential that was tried: give the workload an "
             "imagePullSecret, or the pattern a secretRef, that may read this repository.";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return "The registry could not be asked in time: try again, and if that does not help, see "
             "whether the verifier can reach the registry.";
    case absl::StatusCode::kResourceExhausted:
      return "The registry limits how often it is asked, or sent more than is read: try again "
             "later.";
    case absl::StatusCode::kAborted:
      return "Ask about fewer images at once, and remove signatures and credentials that are of no "
             "use.";
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kOutOfRange:
      return "What the registry answered cannot be trusted or understood: have it looked at before "
             "this image is used.";
    default:
      return "This is a fault of the verifier: its log has more.";
  }
}

}  // namespace countersign::policy

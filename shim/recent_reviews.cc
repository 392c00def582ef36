#include "shim/recent_reviews.h"

#include <string_view>

#include "base/url_secrets.h"

namespace countersign::shim {
namespace {

using base::PrintableWithoutUrlSecrets;

constexpr size_t kMaxUidBytes = 64;
constexpr size_t kMaxObjectBytes = 224;
constexpr size_t kMaxOperationBytes = 16;
constexpr size_t kMaxMessageBytes = 480;

std::string_view MessageOf(const kube::AdmissionResponse& response) {
  if (!response.message.empty() || response.warnings.empty()) return response.message;
  return response.warnings.front();
}

}  // namespace

void RecentReviews::Add(const kube::AdmissionRequest& review, bool is_final,
                        const Decision& decision, ReviewOutcome outcome, absl::Duration took) {
  reviews_.Add(
      {.at = clock_->Now(),
       .took = took,
       .uid = PrintableWithoutUrlSecrets(review.uid, kMaxUidBytes),
       .object = PrintableWithoutUrlSecrets(kube::Describe(review), kMaxObjectBytes),
       .operation = PrintableWithoutUrlSecrets(review.operation, kMaxOperationBytes),
       .outcome = outcome,
       .is_final = is_final,
       .warnings = decision.response.warnings.size(),
       .message = PrintableWithoutUrlSecrets(MessageOf(decision.response), kMaxMessageBytes)});
}

}  // namespace countersign::shim

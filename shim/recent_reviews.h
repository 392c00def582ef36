#ifndef COUNTERSIGN_SHIM_RECENT_REVIEWS_H_
#define COUNTERSIGN_SHIM_RECENT_REVIEWS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/last_added.h"
#include "kube/admission/admission_review.h"
#include "shim/decision.h"
#include "shim/review_metrics.h"

namespace countersign::shim {

// How an AdmissionReview was answered, as it is shown: its texts are printable, cut, and hold no password
// or query of an address (base/url_secrets.h). A KiB at the most.
struct RecentReview {
  absl::Time at;
  absl::Duration took;
  std::string uid;     // of the review
  std::string object;  // "shop/web (Deployment)"
  std::string operation;
  ReviewOutcome outcome = ReviewOutcome::kDenied;
  bool is_final = false;
  size_t warnings = 0;
  std::string message;  // why it was denied, or the first warning
};

// The last hundred of them, for people to look at: nothing is decided by them. Thread-safe.
class RecentReviews {
 public:
  static constexpr size_t kMaxReviews = 100;
  static constexpr size_t kMaxEntryBytes = 1 << 10;

  // `clock` must outlive this.
  explicit RecentReviews(const base::Clock* clock = &base::Clock::Real()) : clock_(clock) {}

  void Add(const kube::AdmissionRequest& review, bool is_final, const Decision& decision,
           ReviewOutcome outcome, absl::Duration took);

  // The last one first.
  std::vector<RecentReview> Newest() const { return reviews_.Newest(); }

 private:
  const base::Clock* const clock_;
  base::LastAdded<RecentReview> reviews_{kMaxReviews};
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_RECENT_REVIEWS_H_

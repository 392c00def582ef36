#ifndef COUNTERSIGN_SHIM_WEBHOOK_H_
#define COUNTERSIGN_SHIM_WEBHOOK_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json_extract.h"
#include "base/turnstile.h"
#include "kube/admission/workload.h"
#include "shim/image_shares.h"
#include "shim/pinning.h"
#include "shim/review_metrics.h"
#include "shim/verifier_client.h"

namespace countersign::shim {

// How a review is to be answered, which it does not say itself.
struct ReviewTerms {
  // By when, which is the caller's own deadline less what it needs to write the answer.
  absl::Time deadline;
  // The address that the review came from, without a port; "" if it came by no network.
  std::string caller = "";
  // The last word, when no webhook can change the object any more: nothing is patched, what is
  // pinned must be so by now, and only what differs from the stored object is asked about.
  bool is_final = false;
  // The namespace wants its images left as they are written.
  bool leaves_unpinned = false;
  // Called once the review has been read and its bytes are not needed any more, with what it takes in
  // memory from then until the answer, about. False: there is no room for that. Null: nobody wants
  // to know.
  std::function<bool(size_t memory_bytes)> on_read = nullptr;
};

// Turns AdmissionReviews into questions to a verifier, and its answers into AdmissionReviews. Knows
// no policy, no keys, no registry. Thread-safe.
class Webhook {
 public:
  struct Options {
    // Kinds whose pod template nobody named: denied with advice, or admitted with a warning.
    bool allow_unknown_kinds = false;
    // On UPDATE, check the images that the old object already had, too.
    bool verify_unchanged_images = false;
    // What happens when no verifier is there, so that the question was never sent: denied, or
    // admitted unchecked with a warning and an audit annotation. A verifier that is late, busy, or
    // dies over the question, always means denied: whoever asks may have made it so.
    bool unsafe_allow_when_verifier_unavailable = false;
    // Where images are given the digest that was judged.
    PinImages pin_images = PinImages::kPods;
    kube::WorkloadKinds kinds;
    // What stands in pod templates for an image that is filled in later, such as "auto".
    std::vector<std::string> template_placeholders;
    // How many images are asked about at the same time, shared by callers and their namespaces
    // (image_shares.h). A review waits until there is room for its images.
    size_t max_images = 16 << 10;
    // Where to count; must outlive the webhook. Null: nowhere.
    ReviewMetrics* metrics = nullptr;
  };

  // `verifier` must outlive the webhook.
  Webhook(VerifierClient* verifier, Options options);

  // The answer to an AdmissionReview, as bytes to send with 200. InvalidArgument (send 400) only if
  // `body` is no AdmissionReview that could be answered, ResourceExhausted (503) if there was no room
  // for it (ReviewTerms::on_read) or no time to read it; every failure after that is an answer that
  // denies. Returns by the deadline.
  absl::StatusOr<std::string> Handle(std::string_view body, const ReviewTerms& terms);

  // That are being asked about now, or wait for that.
  size_t images_in_progress() const { return images_.inside(); }

 private:
  // For a large review; an error if there was none in time.
  absl::StatusOr<std::optional<base::Turnstile::Place>> AwaitTurn(size_t bytes,
                                                                  const ReviewTerms& terms);

  VerifierClient* const verifier_;
  const Options options_;
  const base::JsonParts parts_;  // that are read of objects
  base::Turnstile reading_{1};   // of large reviews
  ImageShares images_;           // that are being asked about
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_WEBHOOK_H_

#ifndef COUNTERSIGN_SHIM_WEBHOOK_H_
#define COUNTERSIGN_SHIM_WEBHOOK_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/turnstile.h"
#include "kube/admission/admission_review.h"
#include "shim/decision.h"
#include "shim/image_shares.h"
#include "shim/recent_reviews.h"
#include "shim/review_metrics.h"
#include "shim/verifier_client.h"

namespace countersign::shim {

// Turns AdmissionReviews into questions to a verifier, and its answers into AdmissionReviews
// (shim/decision.h). Knows no policy, no keys, no registry. Thread-safe.
class Webhook {
 public:
  struct Options {
    AdmissionRules rules;
    // How many images are asked about at the same time, shared by callers and their namespaces
    // (image_shares.h). A review waits until there is room for its images.
    size_t max_images = 16 << 10;
    // Whether a line is made of an admission, for the log to drop or write. Without it none is made but of
    // what was denied, or admitted unchecked.
    bool logs_admissions = true;
    // Where to count; must outlive the webhook. Null: nowhere.
    ReviewMetrics* metrics = nullptr;
    // Where answers are kept to be shown; must outlive the webhook. Null: nowhere.
    RecentReviews* recent = nullptr;
  };

  // Called once a review has been read and its bytes are not needed any more, with what it takes in
  // memory from then until the answer, about. False: there is no room for that. Null: none is
  // called.
  using OnRead = std::function<bool(size_t memory_bytes)>;

  using Answered = absl::StatusOr<std::string>;
  // The rest of a review, which may block until its deadline: gives the answer. Called once.
  using Rest = absl::AnyInvocable<Answered()>;
  // How a review goes on.
  using Next = std::variant<Answered, Rest>;
  using OnNext = absl::AnyInvocable<void(Next)>;

  // `verifier` must outlive the webhook.
  Webhook(VerifierClient* verifier, Options options);

  // The answer to an AdmissionReview, as bytes to send with 200. InvalidArgument (send 400) only if
  // `body` is no AdmissionReview that could be answered, ResourceExhausted (503) if there was no room
  // for it (OnRead) or no time to read it; every failure after that is an answer that denies. Returns
  // by the deadline, which is the caller's own less what it needs to write the answer.
  absl::StatusOr<std::string> Handle(std::string_view body, const ReviewTerms& terms,
                                     absl::Time deadline, const OnRead& on_read = nullptr);

  // The same without blocking. `on_next` is called once, by the deadline, perhaps before this returns or on
  // the thread of the verifier's client, where it must not block, either: with the answer; or, if anything has
  // to be waited for but a connected verifier's answer, with the rest of the review, for a thread that may. The
  // webhook must live until either is done.
  void Start(std::string body, ReviewTerms terms, absl::Time deadline, OnRead on_read,
             OnNext on_next);

  // Images that are being asked about now, or wait for that.
  size_t images_in_progress() const { return images_.inside(); }
  size_t max_images() const { return options_.max_images; }

 private:
  // The turn to read a review of so many bytes, which a large one alone needs; an error if it has not
  // come by the deadline.
  absl::StatusOr<std::optional<base::Turnstile::Place>> AwaitTurn(size_t bytes,
                                                                  const ReviewTerms& terms,
                                                                  absl::Time deadline);
  // A review that has been read, and is being answered.
  struct Review;

  absl::StatusOr<std::shared_ptr<Review>> Read(std::string_view body, ReviewTerms terms,
                                               absl::Time deadline, absl::Time start,
                                               const OnRead& on_read);
  Rest AllOf(std::string&& body, ReviewTerms terms, absl::Time deadline, OnRead on_read);
  // Asks the verifier, once there is room for the question, and waits for the verdicts.
  std::string AskAndAnswer(Review& review);
  // Whether the question is on its way to a verifier.
  bool TryAsk(const std::shared_ptr<Review>& review);
  void TakeVerdicts(const std::shared_ptr<Review>& review, VerifierClient::FirstAnswer first);
  std::string AnswerBy(Review& review, CallResult<v1::VerifyImagesResponse> verdicts);
  // What there is to do once it is decided: the lines of the log, the counts, the bytes to send.
  std::string Finish(const Review& review, const Decision& decision);

  VerifierClient* const verifier_;
  const Options options_;
  const kube::AdmissionReviewReader reader_;
  base::Turnstile reading_{1};  // of large reviews
  ImageShares images_;          // that are being asked about
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_WEBHOOK_H_

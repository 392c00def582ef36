#ifndef COUNTERSIGN_SHIM_ROUTES_H_
#define COUNTERSIGN_SHIM_ROUTES_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/trace_context.h"
#include "http/server/respond.h"
#include "http/server/status_server.h"
#include "kube/admission/admission_review.h"
#include "shim/policy_webhook.h"
#include "shim/webhook.h"

namespace countersign::shim {

// What the shim's HTTPS server answers:
//   POST /signing-policy-check  an AdmissionReview for an AdmissionReview; 400 for what is none, 503
//                               if there was no room for it, or no time to read it
//   POST /signing-policy-check/final
//                               the same as the last word (ReviewTerms)
//   POST /signing-policy-check/unpinned, /signing-policy-check/final/unpinned
//                               the same for namespaces whose images are left as they are written
//   POST /validate-policy       an AdmissionReview of a ClusterImagePolicy; also 500, which leaves
//                               the answer to the webhook configuration's failurePolicy, if no
//                               verifier could be asked
//   GET  /healthz               200 as long as the process answers
//   GET  /readyz                200 if a verifier serves (asked once a second at the most) and the
//                               shim is not ending
// Everything else is 404, another method 405, another content type than JSON 415; each with a
// sentence. Thread-safe.
class Routes {
 public:
  // Says by its deadline whether a verifier serves.
  using ReadinessCheck = std::function<absl::Status(absl::Time deadline)>;

  // What is taken to be made of a review until it has been read, for each of its bytes, and at most
  // (http::Server::Options): what the parser holds meanwhile, which is small for large reviews, and 8
  // for what is kept. Of a pod of a thousand containers that is nearly so much, of other objects less
  // than they have themselves. A review that turns out to take more is answered if there is room for
  // that then.
  static constexpr size_t kMadePerReviewByte = kube::kReadingPerReviewByte + 8;
  static constexpr size_t kMaxMadeBytes = 4 << 20;

  // The webhooks and the clock, by which readiness is remembered, must outlive the routes. `random` is what
  // the identifiers of spans are made of.
  Routes(Webhook* webhook, const PolicyWebhook* policy_webhook, ReadinessCheck check_readiness,
         const base::Clock* clock = &base::Clock::Real(),
         base::FillRandom random = base::FillFromSystem);

  // Does not block: what may, such as a review that has to wait for more than a connected verifier's answer,
  // is done on a thread of the server's (http::Reply::GiveFromThread). The routes must live until the reply is
  // given.
  void Handle(http::ServerRequest request, http::Reply reply) const;

  // What /readyz is answered by, as the status pages say it.
  http::Readiness CheckStatus() const;

  // From now on the shim is not ready, so that nobody sends it anything new.
  void StartDraining() { draining_ = true; }

 private:
  void Review(http::ServerRequest request, ReviewTerms terms, absl::Time deadline,
              http::Reply reply) const;
  void PolicyReview(http::ServerRequest request, base::TraceContext trace, absl::Time deadline,
                    http::Reply reply) const;
  http::ServerResponse Readiness() const;
  absl::Status CheckReadiness() const;

  Webhook* const webhook_;
  const PolicyWebhook* const policy_webhook_;
  const ReadinessCheck check_readiness_;
  const base::Clock* const clock_;
  const base::FillRandom random_;
  std::atomic<bool> draining_ = false;

  mutable absl::Mutex mutex_;
  mutable absl::Time checked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  mutable absl::Status readiness_ ABSL_GUARDED_BY(mutex_) =
      absl::UnavailableError("none has been asked yet");
  mutable bool is_checking_ ABSL_GUARDED_BY(mutex_) = false;
};

// By when the answer to a request must be written that came in at `received` with this query: the
// API server says in `timeout=10s` how long it will wait, rounded up to whole seconds, so up to a
// second of that may not be there. 10 seconds if it does not say. InvalidArgument if it says
// something that is no duration above zero.
absl::StatusOr<absl::Time> AnswerDeadline(absl::Time received, std::string_view query);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_ROUTES_H_

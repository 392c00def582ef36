#ifndef COUNTERSIGN_SHIM_FAKE_VERIFIER_H_
#define COUNTERSIGN_SHIM_FAKE_VERIFIER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "gtest/gtest.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/verifier_client.h"

namespace countersign::shim {

// A verifier in memory that has been told of every image what it is, for tests. Of an image that is
// verified, or allowed by a policy, it also knows the pinned form. Thread-safe.
class FakeVerifier final : public VerifierClient {
 public:
  // Of every image that is allowed so.
  static std::string Digest() { return "sha256:" + std::string(64, 'd'); }
  static std::string Pinned(std::string_view reference) {
    if (reference.find('@') != std::string_view::npos) return std::string(reference);
    const bool has_tag = reference.substr(reference.rfind('/') + 1).find(':') != std::string::npos;
    return std::string(reference) + (has_tag ? "@" : ":latest@") + Digest();
  }

  // Images that nobody was told about are denied as not signed.
  void Allow(std::string_view reference, v1::Reason reason = v1::REASON_VERIFIED) {
    v1::Verdict verdict;
    verdict.set_decision(v1::DECISION_ALLOW);
    verdict.set_reason(reason);
    if (reason == v1::REASON_VERIFIED) {
      verdict.add_keys("key-1");
    }
    if (reason == v1::REASON_VERIFIED || reason == v1::REASON_ALLOWED_BY_POLICY) {
      verdict.set_digest(Digest());
      verdict.set_pinned_reference(Pinned(reference));
      Set(Pinned(reference), verdict);
    }
    Set(reference, std::move(verdict));
  }
  void Deny(std::string_view reference, std::string_view message,
            v1::Reason reason = v1::REASON_NOT_SIGNED) {
    v1::Verdict verdict;
    verdict.set_decision(v1::DECISION_DENY);
    verdict.set_reason(reason);
    verdict.set_message(std::string(message));
    Set(reference, std::move(verdict));
  }
  // The verdict about an image; container and reference are filled in.
  void Set(std::string_view reference, v1::Verdict verdict) {
    absl::MutexLock lock(&mutex_);
    verdicts_.insert_or_assign(std::string(reference), std::move(verdict));
  }

  // Every call ends so (OK: no longer), after it was sent.
  void FailWith(absl::Status failure) {
    absl::MutexLock lock(&mutex_);
    failure_ = std::move(failure);
    is_away_ = false;
  }
  // Nobody is there: every call ends without having been sent.
  void GoAway() {
    absl::MutexLock lock(&mutex_);
    failure_ = absl::UnavailableError("no verifier could be connected to");
    is_away_ = true;
  }
  // Changes every answer before it is given.
  void Spoil(std::function<void(v1::VerifyImagesResponse&)> spoil) {
    absl::MutexLock lock(&mutex_);
    spoil_ = std::move(spoil);
  }

  // What was asked, until when and in which span, in order.
  std::vector<v1::VerifyImagesRequest> requests() const {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }
  std::vector<absl::Time> deadlines() const {
    absl::MutexLock lock(&mutex_);
    return deadlines_;
  }
  std::vector<base::TraceContext> traces() const {
    absl::MutexLock lock(&mutex_);
    return traces_;
  }

  // From now on what is tried is answered when AnswerKept is called, and not at once.
  void KeepTried() {
    absl::MutexLock lock(&mutex_);
    keeps_tried_ = true;
  }
  void AnswerKept() {
    std::vector<std::function<void()>> kept;
    {
      absl::MutexLock lock(&mutex_);
      kept.swap(kept_);
    }
    for (const auto& answer : kept) answer();
  }
  size_t kept() const {
    absl::MutexLock lock(&mutex_);
    return kept_.size();
  }
  // From now on what is tried is turned away with Unavailable by the target "first", and answered elsewhere.
  void TurnAwayFirst() {
    absl::MutexLock lock(&mutex_);
    first_ =
        FirstAnswer{.result = {.answer = absl::UnavailableError("not now")}, .not_at = "first"};
  }
  // From now on what is tried is not sent after all.
  void LeaveUnsent() {
    absl::MutexLock lock(&mutex_);
    first_.emplace().is_unsent = true;
  }
  // How often an answer was asked for elsewhere, and how often anything by a thread that waits.
  int elsewhere() const {
    absl::MutexLock lock(&mutex_);
    return elsewhere_;
  }
  int waited_for() const {
    absl::MutexLock lock(&mutex_);
    return waited_for_;
  }

  CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                    absl::Time deadline,
                                                    const base::TraceContext& trace) override {
    {
      absl::MutexLock lock(&mutex_);
      ++waited_for_;
    }
    return AnswerTo(request, deadline, trace);
  }

  bool TryVerifyImages(std::shared_ptr<const v1::VerifyImagesRequest> request, absl::Time deadline,
                       const base::TraceContext& trace, OnAnswer on_answer) override {
    FirstAnswer first;
    {
      absl::MutexLock lock(&mutex_);
      if (is_away_ && !failure_.ok()) return false;
      if (first_.has_value()) first = *first_;
    }
    if (first.IsLast()) first.result = AnswerTo(*request, deadline, trace);
    {
      absl::MutexLock lock(&mutex_);
      if (keeps_tried_) {
        // std::function wants to be copied.
        const auto owned = std::make_shared<OnAnswer>(std::move(on_answer));
        kept_.push_back([owned, first = std::move(first)] { (*owned)(first); });
        return true;
      }
    }
    on_answer(std::move(first));
    return true;
  }

  CallResult<v1::VerifyImagesResponse> VerifyImagesElsewhere(const v1::VerifyImagesRequest& request,
                                                             absl::Time deadline,
                                                             const base::TraceContext& trace,
                                                             FirstAnswer first) override {
    EXPECT_EQ(first.not_at, "first");
    {
      absl::MutexLock lock(&mutex_);
      ++elsewhere_;
    }
    return AnswerTo(request, deadline, trace);
  }

 private:
  CallResult<v1::VerifyImagesResponse> AnswerTo(const v1::VerifyImagesRequest& request,
                                                absl::Time deadline,
                                                const base::TraceContext& trace) {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
    deadlines_.push_back(deadline);
    traces_.push_back(trace);
    if (!failure_.ok()) return {.answer = failure_, .never_sent = is_away_};
    v1::VerifyImagesResponse response;
    for (const v1::Image& image : request.images()) {
      *response.add_verdicts() = VerdictOn(image, request.require_digest());
    }
    if (spoil_) spoil_(response);
    return {.answer = std::move(response)};
  }

  v1::Verdict VerdictOn(const v1::Image& image, bool require_digest) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::Verdict verdict;
    verdict.set_decision(v1::DECISION_DENY);
    verdict.set_reason(v1::REASON_NOT_SIGNED);
    verdict.set_message("The image: " + image.reference() + " is not signed.");
    if (const auto known = verdicts_.find(image.reference()); known != verdicts_.end()) {
      verdict = known->second;
    }
    const bool is_asked_about = verdict.reason() == v1::REASON_VERIFIED ||
                                verdict.reason() == v1::REASON_NOT_SIGNED ||
                                verdict.reason() == v1::REASON_ALLOWED_BY_POLICY;
    if (require_digest && is_asked_about && image.reference().find('@') == std::string::npos) {
      verdict.Clear();
      verdict.set_decision(v1::DECISION_DENY);
      verdict.set_reason(v1::REASON_NOT_PINNED);
    }
    verdict.set_container(image.container());
    verdict.set_reference(image.reference());
    return verdict;
  }

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, v1::Verdict> verdicts_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool is_away_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void(v1::VerifyImagesResponse&)> spoil_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::VerifyImagesRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::Time> deadlines_ ABSL_GUARDED_BY(mutex_);
  bool keeps_tried_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<FirstAnswer> first_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> kept_ ABSL_GUARDED_BY(mutex_);
  int elsewhere_ ABSL_GUARDED_BY(mutex_) = 0;
  int waited_for_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<base::TraceContext> traces_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_FAKE_VERIFIER_H_

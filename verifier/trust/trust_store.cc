#include "verifier/trust/trust_store.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace countersign::verifier {

void TrustStore::Begin(DatedRoot root) {
  absl::MutexLock lock(&mutex_);
  PutInForce(std::move(root));
}

bool TrustStore::Refresh(DatedRoot root) {
  absl::MutexLock lock(&mutex_);
  state_.refreshed = clock_->Now();
  state_.problem = absl::OkStatus();
  ++state_.counts.ok;
  return PutInForce(std::move(root));
}

bool TrustStore::PutInForce(DatedRoot root) {
  const bool is_other = in_force_.root == nullptr || in_force_.root->id != root.root->id;
  if (is_other) {
    in_force_.root = std::move(root.root);
    state_.in_force_since = clock_->Now();
  }
  in_force_.expires = root.expires;
  return is_other;
}

void TrustStore::Fail(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  if (state_.problem.ok()) state_.problem_since = clock_->Now();
  state_.problem = why;
  RefreshCounts& counts = state_.counts;
  if (absl::IsOutOfRange(why)) {
    ++counts.expired;
  } else if (absl::IsFailedPrecondition(why) || absl::IsInvalidArgument(why)) {
    ++counts.refused;
  } else {
    ++counts.failed;
  }
}

absl::StatusOr<TrustedRootPtr> TrustStore::current() const {
  absl::MutexLock lock(&mutex_);
  return Current();
}

absl::StatusOr<TrustedRootPtr> TrustStore::Current() const {
  if (in_force_.root == nullptr) {
    return absl::UnavailableError("no trusted root has been fetched yet");
  }
  if (!grace_) return in_force_.root;
  if (!in_force_.expires) {
    return absl::UnavailableError(
        "the trusted root has not been refreshed yet, and how old it is, is not known");
  }
  if (clock_->Now() < *in_force_.expires + *grace_) return in_force_.root;
  return absl::UnavailableError(
      absl::StrCat("what vouches for the trusted root expired at ",
                   absl::FormatTime(absl::RFC3339_sec, *in_force_.expires, absl::UTCTimeZone()),
                   ", longer ago than the operator allows"));
}

TrustState TrustStore::state() const {
  absl::MutexLock lock(&mutex_);
  TrustState state = state_;
  state.current = Current();
  state.expires = in_force_.expires;
  return state;
}

}  // namespace countersign::verifier

#include "verifier/policies/policy_store.h"

#include <utility>

namespace countersign::verifier {

absl::StatusOr<PolicySnapshot> PolicyStore::Get() const {
  absl::ReaderMutexLock lock(&mutex_);
  return state_.snapshot;
}

PolicyState PolicyStore::state() const {
  absl::ReaderMutexLock lock(&mutex_);
  return state_;
}

void PolicyStore::Set(PolicySnapshot policies, PolicyVersion version) {
  absl::MutexLock lock(&mutex_);
  const bool is_same = state_.snapshot.ok() && version.generation != 0 &&
                       version.uid == state_.version.uid &&
                       version.generation == state_.version.generation;
  if (!is_same) state_.in_force_since = clock_->Now();
  state_.snapshot = std::move(policies);
  state_.version = std::move(version);
  state_.problem = absl::OkStatus();
  state_.problem_since = absl::InfiniteFuture();
}

void PolicyStore::SetUnreadable(absl::Status why) {
  absl::MutexLock lock(&mutex_);
  if (state_.problem.ok()) state_.problem_since = clock_->Now();
  if (!state_.snapshot.ok()) state_.snapshot = why;
  state_.problem = std::move(why);
  ++state_.failures;
}

}  // namespace countersign::verifier

#include "verifier/policy_store.h"

#include <utility>

namespace countersign::verifier {

absl::StatusOr<PolicySnapshot> PolicyStore::Get() const {
  absl::ReaderMutexLock lock(&mutex_);
  return snapshot_;
}

void PolicyStore::Set(PolicySnapshot policy) {
  absl::MutexLock lock(&mutex_);
  snapshot_ = std::move(policy);
}

void PolicyStore::SetUnreadable(absl::Status why) {
  absl::MutexLock lock(&mutex_);
  if (!snapshot_.ok()) snapshot_ = std::move(why);
}

}  // namespace countersign::verifier

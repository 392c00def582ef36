#include "verifier/policies/policy_store.h"

#include <utility>

namespace countersign::verifier {
namespace {

size_t IndexOf(PolicyPart part) { return static_cast<size_t>(part); }

// Whether what was in force stays in force, as of the same object, or with the same content.
bool IsSame(const PolicyState& state, const policy::Policies& policies,
            const PolicyVersion& version) {
  if (!state.snapshot.ok()) return false;
  if (version.generation == 0) {
    return state.version.generation == 0 && (*state.snapshot)->id() == policies.id();
  }
  return version.uid == state.version.uid && version.generation == state.version.generation;
}

}  // namespace

void PolicyStore::Expect(PolicyPart part) {
  absl::MutexLock setting(&setting_);
  {
    absl::MutexLock lock(&mutex_);
    is_expected_[IndexOf(part)] = true;
    PolicyState& state = states_[IndexOf(part)];
    if (part == PolicyPart::kSigstore && !state.snapshot.ok()) {
      state.snapshot =
          absl::UnavailableError("the policies of policy.sigstore.dev have not been read yet");
    }
  }
  PutTogether();
}

absl::StatusOr<PolicySnapshot> PolicyStore::Get() const {
  absl::ReaderMutexLock lock(&mutex_);
  return in_force_;
}

PolicyState PolicyStore::state(PolicyPart part) const {
  absl::ReaderMutexLock lock(&mutex_);
  return states_[IndexOf(part)];
}

void PolicyStore::Set(PolicySnapshot policies, PolicyVersion version, PolicyPart part) {
  Put(std::move(policies), std::move(version), part, /*are_all=*/true);
}

void PolicyStore::SetWhatIsReadable(PolicySnapshot policies, PolicyPart part) {
  Put(std::move(policies), PolicyVersion(), part, /*are_all=*/false);
}

void PolicyStore::Put(PolicySnapshot policies, PolicyVersion version, PolicyPart part,
                      bool are_all) {
  absl::MutexLock setting(&setting_);
  {
    absl::MutexLock lock(&mutex_);
    PolicyState& state = states_[IndexOf(part)];
    if (!IsSame(state, *policies, version)) state.in_force_since = clock_->Now();
    state.snapshot = std::move(policies);
    state.version = std::move(version);
    if (are_all) {
      state.problem = absl::OkStatus();
      state.problem_since = absl::InfiniteFuture();
    }
  }
  PutTogether();
}

void PolicyStore::SetUnreadable(absl::Status why, PolicyPart part) {
  absl::MutexLock setting(&setting_);
  bool was_none = false;
  {
    absl::MutexLock lock(&mutex_);
    PolicyState& state = states_[IndexOf(part)];
    if (state.problem.ok()) state.problem_since = clock_->Now();
    was_none = !state.snapshot.ok();
    if (was_none) state.snapshot = why;
    state.problem = std::move(why);
    ++state.failures;
  }
  if (was_none) PutTogether();
}

absl::StatusOr<PolicySnapshot> PolicyStore::Combined() const {
  PolicySnapshot combined;
  for (size_t i = 0; i < kPolicyParts; ++i) {
    absl::StatusOr<PolicySnapshot> part;
    {
      absl::ReaderMutexLock lock(&mutex_);
      if (!is_expected_[i]) continue;
      part = states_[i].snapshot;
    }
    if (!part.ok()) return part;
    combined = combined == nullptr ? *std::move(part) : policy::Combine(combined, *part);
  }
  return combined;
}

void PolicyStore::PutTogether() {
  absl::StatusOr<PolicySnapshot> combined = Combined();
  absl::MutexLock lock(&mutex_);
  in_force_ = std::move(combined);
}

}  // namespace countersign::verifier

#include "registry/registry_tally.h"

#include <utility>

namespace countersign::registry {

RegistryTally::RegistryTally(Registry* registry,
                             std::function<bool(std::string_view host)> is_named,
                             const base::Clock* clock)
    : registry_(registry), is_named_(std::move(is_named)), clock_(clock) {
  other_.host = std::string(kOther);
}

std::vector<RegistryState> RegistryTally::states() const {
  std::vector<RegistryState> states;
  absl::MutexLock lock(&mutex_);
  states.reserve(by_host_.size() + 1);
  for (const auto& [host, state] : by_host_) states.push_back(state);
  if (other_.requests > 0) states.push_back(other_);
  return states;
}

RegistryState* RegistryTally::Begin(const oci::Repository& repository) {
  const bool is_named = is_named_(repository.registry);
  absl::MutexLock lock(&mutex_);
  auto found = by_host_.find(repository.registry);
  if (found == by_host_.end() && is_named && by_host_.size() < kMaxHosts) {
    found = by_host_.emplace(repository.registry, RegistryState{.host = repository.registry}).first;
  }
  RegistryState* const state = found == by_host_.end() ? &other_ : &found->second;
  ++state->requests;
  ++state->in_progress;
  return state;
}

void RegistryTally::End(RegistryState* state, const absl::Status& status, absl::Time start) {
  const absl::Time now = clock_->Now();
  const bool is_answered = status.ok() || absl::IsNotFound(status);
  absl::MutexLock lock(&mutex_);
  --state->in_progress;
  state->last = now;
  state->last_code = is_answered ? absl::StatusCode::kOk : status.code();
  state->last_took = now - start;
  (is_answered ? state->last_success : state->last_failure) = now;
  if (!is_answered) ++state->failures;
}

template <typename Call>
auto RegistryTally::Note(const oci::Repository& repository, const Call& call) {
  const absl::Time start = clock_->Now();
  RegistryState* const state = Begin(repository);
  auto result = call();
  End(state, result.status(), start);
  return result;
}

absl::StatusOr<oci::Digest> RegistryTally::ResolveTag(const oci::Repository& repository,
                                                      std::string_view tag,
                                                      const Credential& credential,
                                                      const Bounds& bounds) {
  return Note(repository,
              [&] { return registry_->ResolveTag(repository, tag, credential, bounds); });
}

absl::StatusOr<std::string> RegistryTally::FetchManifestByTag(const oci::Repository& repository,
                                                              std::string_view tag,
                                                              const Credential& credential,
                                                              const Bounds& bounds) {
  return Note(repository,
              [&] { return registry_->FetchManifestByTag(repository, tag, credential, bounds); });
}

absl::StatusOr<std::string> RegistryTally::FetchManifest(const oci::Repository& repository,
                                                         const oci::Digest& digest,
                                                         size_t max_bytes,
                                                         const Credential& credential,
                                                         const Bounds& bounds) {
  return Note(repository, [&] {
    return registry_->FetchManifest(repository, digest, max_bytes, credential, bounds);
  });
}

absl::StatusOr<std::string> RegistryTally::FetchBlob(const oci::Repository& repository,
                                                     const oci::Digest& digest, size_t max_bytes,
                                                     const Credential& credential,
                                                     const Bounds& bounds) {
  return Note(repository, [&] {
    return registry_->FetchBlob(repository, digest, max_bytes, credential, bounds);
  });
}

absl::StatusOr<ReferrersPage> RegistryTally::FetchReferrers(const oci::Repository& repository,
                                                            const oci::Digest& subject,
                                                            std::string_view page,
                                                            const Credential& credential,
                                                            const Bounds& bounds) {
  return Note(repository, [&] {
    return registry_->FetchReferrers(repository, subject, page, credential, bounds);
  });
}

}  // namespace countersign::registry

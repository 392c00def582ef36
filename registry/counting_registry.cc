#include "registry/counting_registry.h"

#include <utility>

#include "base/phase_duration.h"

namespace countersign::registry {
namespace {

constexpr char kOther[] = "other";
constexpr std::array<const char*, 7> kOutcomes = {"ok",          "not_found", "refused", "busy",
                                                  "unavailable", "timeout",   "failed"};

// The place in kOutcomes of what came of a request (registry/registry.h).
size_t OutcomeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kNotFound:
      return 1;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return 2;
    case absl::StatusCode::kResourceExhausted:
      return 3;
    case absl::StatusCode::kUnavailable:
      return 4;
    case absl::StatusCode::kDeadlineExceeded:
      return 5;
    default:
      return 6;
  }
}

}  // namespace

CountingRegistry::Outcomes CountingRegistry::CountersOf(const char* operation,
                                                        base::Metrics* metrics) {
  Outcomes counters;
  for (size_t i = 0; i < kOutcomes.size(); ++i) {
    counters[i] = &metrics->Counter("countersign_registry_requests_total",
                                    "Requests to registries, by what came of them.",
                                    {{"operation", operation}, {"outcome", kOutcomes[i]}});
  }
  return counters;
}

CountingRegistry::Outcomes CountingRegistry::CountersOfRegistry(const std::string& name) {
  Outcomes counters;
  for (size_t i = 0; i < kOutcomes.size(); ++i) {
    counters[i] = &metrics_->Counter("countersign_registry_host_requests_total",
                                     "Requests to each registry that a policy names by its host, "
                                     "and to all others, by what came of them.",
                                     {{"registry", name}, {"outcome", kOutcomes[i]}});
  }
  return counters;
}

CountingRegistry::CountingRegistry(Registry* registry, base::Metrics* metrics, NameOf name_of,
                                   const base::Clock* clock)
    : registry_(registry),
      metrics_(metrics),
      name_of_(std::move(name_of)),
      clock_(clock),
      resolutions_(CountersOf("resolve_tag", metrics)),
      manifests_(CountersOf("fetch_manifest", metrics)),
      blobs_(CountersOf("fetch_blob", metrics)),
      referrers_(CountersOf("fetch_referrers", metrics)),
      duration_(metrics->Histogram("countersign_registry_request_duration_seconds",
                                   "How long requests to registries took, whatever came of them.",
                                   base::DurationBounds())),
      resolve_(*base::PhaseDuration("resolve", metrics)),
      fetch_(*base::PhaseDuration("fetch", metrics)),
      others_{.outcomes = CountersOfRegistry(kOther), .state = {.host = kOther}} {}

std::vector<RegistryState> CountingRegistry::states() const {
  std::vector<RegistryState> states;
  absl::MutexLock lock(&mutex_);
  states.reserve(registries_.size() + 1);
  for (const auto& [name, asked] : registries_) states.push_back(asked.state);
  if (others_.state.requests > 0) states.push_back(others_.state);
  return states;
}

CountingRegistry::Asked& CountingRegistry::Find(const std::optional<std::string>& name) {
  if (!name.has_value()) return others_;
  const auto known = registries_.find(*name);
  if (known != registries_.end()) return known->second;
  if (registries_.size() >= kMaxRegistries) return others_;
  return registries_
      .emplace(*name, Asked{.outcomes = CountersOfRegistry(*name), .state = {.host = *name}})
      .first->second;
}

CountingRegistry::Asked& CountingRegistry::Begin(std::string_view registry) {
  const std::optional<std::string> name = name_of_ ? name_of_(registry) : std::nullopt;
  absl::MutexLock lock(&mutex_);
  Asked& asked = Find(name);
  ++asked.state.requests;
  ++asked.state.in_progress;
  return asked;
}

void CountingRegistry::End(const absl::Status& status, absl::Time now, absl::Duration took,
                           Asked& asked) {
  asked.outcomes[OutcomeOf(status)]->Increment();
  const bool is_answered = status.ok() || absl::IsNotFound(status);
  absl::MutexLock lock(&mutex_);
  RegistryState& state = asked.state;
  --state.in_progress;
  state.last = now;
  state.last_code = is_answered ? absl::StatusCode::kOk : status.code();
  state.last_took = took;
  (is_answered ? state.last_success : state.last_failure) = now;
  if (!is_answered) ++state.failures;
}

template <typename Call>
auto CountingRegistry::Count(const oci::Repository& repository, const Outcomes& outcomes,
                             prometheus::Histogram& phase, const Call& call) {
  const absl::Time start = clock_->Now();
  Asked& asked = Begin(repository.registry);
  auto result = call();
  const absl::Time now = clock_->Now();
  const double seconds = absl::ToDoubleSeconds(now - start);
  duration_.Observe(seconds);
  phase.Observe(seconds);
  outcomes[OutcomeOf(result.status())]->Increment();
  End(result.status(), now, now - start, asked);
  return result;
}

absl::StatusOr<oci::Digest> CountingRegistry::ResolveTag(const oci::Repository& repository,
                                                         std::string_view tag,
                                                         const Credential& credential,
                                                         const Bounds& bounds) {
  return Count(repository, resolutions_, resolve_,
               [&] { return registry_->ResolveTag(repository, tag, credential, bounds); });
}

absl::StatusOr<std::string> CountingRegistry::FetchManifestByTag(const oci::Repository& repository,
                                                                 std::string_view tag,
                                                                 const Credential& credential,
                                                                 const Bounds& bounds) {
  return Count(repository, manifests_, fetch_,
               [&] { return registry_->FetchManifestByTag(repository, tag, credential, bounds); });
}

absl::StatusOr<std::string> CountingRegistry::FetchManifest(const oci::Repository& repository,
                                                            const oci::Digest& digest,
                                                            size_t max_bytes,
                                                            const Credential& credential,
                                                            const Bounds& bounds) {
  return Count(repository, manifests_, fetch_, [&] {
    return registry_->FetchManifest(repository, digest, max_bytes, credential, bounds);
  });
}

absl::StatusOr<std::string> CountingRegistry::FetchBlob(const oci::Repository& repository,
                                                        const oci::Digest& digest, size_t max_bytes,
                                                        const Credential& credential,
                                                        const Bounds& bounds) {
  return Count(repository, blobs_, fetch_, [&] {
    return registry_->FetchBlob(repository, digest, max_bytes, credential, bounds);
  });
}

absl::StatusOr<ReferrersPage> CountingRegistry::FetchReferrers(const oci::Repository& repository,
                                                               const oci::Digest& subject,
                                                               std::string_view page,
                                                               const Credential& credential,
                                                               const Bounds& bounds) {
  return Count(repository, referrers_, fetch_, [&] {
    return registry_->FetchReferrers(repository, subject, page, credential, bounds);
  });
}

}  // namespace countersign::registry

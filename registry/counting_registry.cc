#include "registry/counting_registry.h"

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace countersign::registry {
namespace {

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

CountingRegistry::CountingRegistry(Registry* registry, base::Metrics* metrics)
    : registry_(registry),
      resolutions_(CountersOf("resolve_tag", metrics)),
      manifests_(CountersOf("fetch_manifest", metrics)),
      blobs_(CountersOf("fetch_blob", metrics)),
      referrers_(CountersOf("fetch_referrers", metrics)),
      duration_(metrics->Histogram("countersign_registry_request_duration_seconds",
                                   "How long requests to registries took, whatever came of them.",
                                   base::DurationBounds())) {}

template <typename Call>
auto CountingRegistry::Count(const Outcomes& outcomes, const Call& call) {
  const absl::Time start = absl::Now();
  auto result = call();
  duration_.Observe(absl::ToDoubleSeconds(absl::Now() - start));
  outcomes[OutcomeOf(result.status())]->Increment();
  return result;
}

absl::StatusOr<oci::Digest> CountingRegistry::ResolveTag(const oci::Repository& repository,
                                                         std::string_view tag,
                                                         const Credential& credential,
                                                         const Bounds& bounds) {
  return Count(resolutions_,
               [&] { return registry_->ResolveTag(repository, tag, credential, bounds); });
}

absl::StatusOr<std::string> CountingRegistry::FetchManifestByTag(const oci::Repository& repository,
                                                                 std::string_view tag,
                                                                 const Credential& credential,
                                                                 const Bounds& bounds) {
  return Count(manifests_,
               [&] { return registry_->FetchManifestByTag(repository, tag, credential, bounds); });
}

absl::StatusOr<std::string> CountingRegistry::FetchManifest(const oci::Repository& repository,
                                                            const oci::Digest& digest,
                                                            size_t max_bytes,
                                                            const Credential& credential,
                                                            const Bounds& bounds) {
  return Count(manifests_, [&] {
    return registry_->FetchManifest(repository, digest, max_bytes, credential, bounds);
  });
}

absl::StatusOr<std::string> CountingRegistry::FetchBlob(const oci::Repository& repository,
                                                        const oci::Digest& digest, size_t max_bytes,
                                                        const Credential& credential,
                                                        const Bounds& bounds) {
  return Count(blobs_, [&] {
    return registry_->FetchBlob(repository, digest, max_bytes, credential, bounds);
  });
}

absl::StatusOr<ReferrersPage> CountingRegistry::FetchReferrers(const oci::Repository& repository,
                                                               const oci::Digest& subject,
                                                               std::string_view page,
                                                               const Credential& credential,
                                                               const Bounds& bounds) {
  return Count(referrers_, [&] {
    return registry_->FetchReferrers(repository, subject, page, credential, bounds);
  });
}

}  // namespace countersign::registry

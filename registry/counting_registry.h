#ifndef COUNTERSIGN_REGISTRY_COUNTING_REGISTRY_H_
#define COUNTERSIGN_REGISTRY_COUNTING_REGISTRY_H_

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "registry/registry.h"
#include "registry/registry_state.h"

namespace countersign::registry {

// A Registry that counts what it is asked and what comes of it:
//   countersign_registry_requests_total{operation,outcome}
//   countersign_registry_request_duration_seconds
//   countersign_registry_host_requests_total{registry,outcome}
//   countersign_phase_duration_seconds{phase} of the phases `resolve` and `fetch`
// Anybody who may create a workload can name any number of registries: only those that `name_of` knows are
// told apart, and of these kMaxRegistries in the life of this; all others together are `other`. What came
// of each is kept for people as well, under the same names.
// Thread-safe.
class CountingRegistry final : public Registry {
 public:
  static constexpr size_t kMaxRegistries = 64;
  // What to call the registry of a repository; nullopt: `other`. Thread-safe.
  using NameOf = std::function<std::optional<std::string>(std::string_view registry)>;

  // All must outlive this. Without `name_of` all are `other`.
  CountingRegistry(Registry* registry, base::Metrics* metrics, NameOf name_of = nullptr,
                   const base::Clock* clock = &base::Clock::Real());

  // By name, and all others last; none that was not asked.
  std::vector<RegistryState> states() const ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<oci::Digest> ResolveTag(const oci::Repository& repository, std::string_view tag,
                                         const Credential& credential,
                                         const Bounds& bounds) override;
  absl::StatusOr<std::string> FetchManifestByTag(const oci::Repository& repository,
                                                 std::string_view tag, const Credential& credential,
                                                 const Bounds& bounds) override;
  absl::StatusOr<std::string> FetchManifest(const oci::Repository& repository,
                                            const oci::Digest& digest, size_t max_bytes,
                                            const Credential& credential,
                                            const Bounds& bounds) override;
  absl::StatusOr<std::string> FetchBlob(const oci::Repository& repository,
                                        const oci::Digest& digest, size_t max_bytes,
                                        const Credential& credential,
                                        const Bounds& bounds) override;
  absl::StatusOr<ReferrersPage> FetchReferrers(const oci::Repository& repository,
                                               const oci::Digest& subject, std::string_view page,
                                               const Credential& credential,
                                               const Bounds& bounds) override;

 private:
  // In the order of kOutcomes.
  using Outcomes = std::array<prometheus::Counter*, 7>;

  // Of one registry, or of all others together.
  struct Asked {
    const Outcomes outcomes;
    RegistryState state;
  };

  Outcomes CountersOf(const char* operation, base::Metrics* metrics);
  Outcomes CountersOfRegistry(const std::string& name);
  Asked& Find(const std::optional<std::string>& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Asked& Begin(std::string_view registry) ABSL_LOCKS_EXCLUDED(mutex_);
  void End(const absl::Status& status, absl::Time now, absl::Duration took, Asked& asked)
      ABSL_LOCKS_EXCLUDED(mutex_);
  template <typename Call>
  auto Count(const oci::Repository& repository, const Outcomes& outcomes,
             prometheus::Histogram& phase, const Call& call);

  Registry* const registry_;
  base::Metrics* const metrics_;
  const NameOf name_of_;
  const base::Clock* const clock_;
  const Outcomes resolutions_;
  const Outcomes manifests_;
  const Outcomes blobs_;
  const Outcomes referrers_;
  prometheus::Histogram& duration_;
  prometheus::Histogram& resolve_;
  prometheus::Histogram& fetch_;
  mutable absl::Mutex mutex_;
  // By name; entries stay where they are, and none is ever taken out.
  std::map<std::string, Asked> registries_ ABSL_GUARDED_BY(mutex_);
  Asked others_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_COUNTING_REGISTRY_H_

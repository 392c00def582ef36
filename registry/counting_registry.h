#ifndef COUNTERSIGN_REGISTRY_COUNTING_REGISTRY_H_
#define COUNTERSIGN_REGISTRY_COUNTING_REGISTRY_H_

#include <array>
#include <string_view>

#include "base/metrics.h"
#include "registry/registry.h"

namespace countersign::registry {

// A Registry that counts what it is asked and what comes of it:
//   countersign_registry_requests_total{operation,outcome}
//   countersign_registry_request_duration_seconds
// Which registry is no label: anybody who may create a workload can name any number of them.
// Thread-safe.
class CountingRegistry final : public Registry {
 public:
  // Both must outlive this.
  CountingRegistry(Registry* registry, base::Metrics* metrics);

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

  Outcomes CountersOf(const char* operation, base::Metrics* metrics);
  template <typename Call>
  auto Count(const Outcomes& outcomes, const Call& call);

  Registry* const registry_;
  const Outcomes resolutions_;
  const Outcomes manifests_;
  const Outcomes blobs_;
  const Outcomes referrers_;
  prometheus::Histogram& duration_;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_COUNTING_REGISTRY_H_

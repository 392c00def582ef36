#ifndef COUNTERSIGN_REGISTRY_REGISTRY_TALLY_H_
#define COUNTERSIGN_REGISTRY_REGISTRY_TALLY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "registry/registry.h"

namespace countersign::registry {

// What came of asking a registry, for people.
struct RegistryState {
  std::string host;  // or `other`
  uint64_t requests = 0;
  uint64_t failures = 0;
  size_t in_progress = 0;
  absl::Time last = absl::InfinitePast();  // when the last one ended
  // Of that: OK, too, where the registry said that there is no such thing.
  absl::StatusCode last_code = absl::StatusCode::kOk;
  absl::Duration last_took;
  absl::Time last_success = absl::InfinitePast();
  absl::Time last_failure = absl::InfinitePast();
};

// A Registry that keeps what came of asking the one below, by host: of the hosts that somebody named whom
// the operator trusts with that (a policy), and of all others together, as anybody who may create a
// workload can name any number of them. Thread-safe.
class RegistryTally final : public Registry {
 public:
  static constexpr size_t kMaxHosts = 64;
  static constexpr std::string_view kOther = "other";

  // Both must outlive this. `is_named`: whether a host, as repositories have it, counts for itself; asked
  // from any thread.
  RegistryTally(Registry* registry, std::function<bool(std::string_view host)> is_named,
                const base::Clock* clock = &base::Clock::Real());

  // By host, and all others last.
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
  // Keeps what comes of the call.
  template <typename Call>
  auto Note(const oci::Repository& repository, const Call& call);
  RegistryState* Begin(const oci::Repository& repository) ABSL_LOCKS_EXCLUDED(mutex_);
  void End(RegistryState* state, const absl::Status& status, absl::Time start)
      ABSL_LOCKS_EXCLUDED(mutex_);

  Registry* const registry_;
  const std::function<bool(std::string_view host)> is_named_;
  const base::Clock* const clock_;
  mutable absl::Mutex mutex_;
  // None is ever taken out.
  std::map<std::string, RegistryState, std::less<>> by_host_ ABSL_GUARDED_BY(mutex_);
  RegistryState other_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REGISTRY_TALLY_H_

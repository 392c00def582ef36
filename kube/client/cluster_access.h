#ifndef COUNTERSIGN_KUBE_CLIENT_CLUSTER_ACCESS_H_
#define COUNTERSIGN_KUBE_CLIENT_CLUSTER_ACCESS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "kube/client/cluster_config.h"
#include "kube/client/exec_plugin.h"

namespace countersign::kube {

// By what an API server is trusted.
struct TlsMaterial {
  std::string ca_pem;  // "": the system's authorities
  std::string client_certificate_pem;
  std::string client_key_pem;

  friend bool operator==(const TlsMaterial&, const TlsMaterial&) = default;
};

// What a ClusterConfig's files and plugin say at one moment.
struct ClusterAccess {
  TlsMaterial tls;
  std::string token;  // "": none
  absl::Time expiry = absl::InfiniteFuture();

  friend bool operator==(const ClusterAccess&, const ClusterAccess&) = default;
};

// Reads what the configuration names, and keeps what its plugin gave as long as that holds. Not
// thread-safe.
class ClusterAccessSource {
 public:
  // By the clock, which must outlive it, it is known when what the plugin gave has ended.
  explicit ClusterAccessSource(ClusterConfig config,
                               const base::Clock* clock = &base::Clock::Real())
      : config_(std::move(config)), clock_(clock) {}

  const ClusterConfig& config() const { return config_; }

  // Whether the files can be read; the plugin is not run.
  absl::StatusOr<ClusterAccess> LoadFiles() const;

  // The files as they are now, and what the plugin gave, which is run where it must be: for the
  // first time, when what it gave has ended, and when the API server `refused` that. Errors name
  // the file or the plugin.
  absl::StatusOr<ClusterAccess> Load(bool refused, absl::Time deadline);

 private:
  const ClusterConfig config_;
  const base::Clock* const clock_;
  std::optional<PluginIdentity> from_plugin_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_CLUSTER_ACCESS_H_

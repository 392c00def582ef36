#ifndef COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_IDENTITIES_H_
#define COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_IDENTITIES_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/client/client_identity.h"
#include "kube/api.h"

namespace countersign::verifier {

// Reads the client certificates that registries are shown out of Secrets of the form of
// kubernetes.io/tls: at the start, and again every minute, or every ten seconds as long as one is
// missing or bad. What is wrong with a Secret is logged once, with its name, and stops nothing: one
// that is certainly not there gives no certificate, one that cannot be read now what it gave last.
class RegistryIdentities {
 public:
  // Which registry is shown what.
  struct Assignment {
    std::string host;  // host, or host:port where that is not 443, in lower case
    std::string secret_namespace;
    std::string secret_name;
  };

  // "HOST=NAMESPACE/NAME". InvalidArgument if it is anything else.
  static absl::StatusOr<Assignment> Parse(std::string_view text);

  // Takes over all of them, by host. Its error is logged.
  using Identities = std::map<std::string, http::ClientIdentity>;
  using Apply = std::function<absl::Status(const Identities& identities)>;

  struct Options {
    absl::Duration interval = absl::Minutes(1);
    absl::Duration retry_interval = absl::Seconds(10);
    absl::Duration read_timeout = absl::Seconds(3);
  };

  // All have been read once, or their time was over, when this returns. `apply` is called, from one
  // thread at a time, whenever there are others than before, the first time if there are any. `api`
  // must outlive this.
  RegistryIdentities(kube::Api* api, const std::vector<Assignment>& assignments, Apply apply,
                     Options options);
  ~RegistryIdentities();
  RegistryIdentities(const RegistryIdentities&) = delete;
  RegistryIdentities& operator=(const RegistryIdentities&) = delete;

 private:
  struct Source {
    Assignment assignment;
    http::ClientIdentity identity;  // as it gave last
    std::string fault;              // as logged last
  };

  // How long to wait before the next look.
  absl::Duration Look();
  void Read(Source& source);
  void Follow(absl::Duration wait);

  kube::Api* const api_;
  const Apply apply_;
  const Options options_;
  // Of one thread at a time: the constructor's, then `thread_`.
  std::vector<Source> sources_;
  Identities applied_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_IDENTITIES_H_

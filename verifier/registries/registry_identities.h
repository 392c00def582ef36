#ifndef COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_IDENTITIES_H_
#define COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_IDENTITIES_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "http/client/client_identity.h"
#include "kube/secret_reader.h"
#include "verifier/registries/followed_secrets.h"

namespace countersign::verifier {

// Follows the client certificates that registries are shown in Secrets of the form of
// kubernetes.io/tls (verifier/registries/followed_secrets.h). What is wrong with a Secret is logged
// once, with its name.
class RegistryIdentities {
 public:
  // Which registry is shown what.
  struct Assignment {
    std::string host;  // host, or host:port where that is not 443, in lower case
    FollowedSecret secret;
  };

  // "HOST=NAMESPACE/NAME". InvalidArgument if it is anything else.
  static absl::StatusOr<Assignment> Parse(std::string_view text);

  // Takes over all of them, by host. Its error is logged.
  using Identities = std::map<std::string, http::ClientIdentity>;
  using Apply = std::function<absl::Status(const Identities& identities)>;

  // All have been read once, or their time was over, when this returns. `apply` is called, from one
  // thread at a time, whenever there are others than before, the first time if there are any.
  // `reader` must outlive this.
  RegistryIdentities(kube::SecretReader* reader, const std::vector<Assignment>& assignments,
                     Apply apply, const FollowOptions& options);

 private:
  FollowedSecrets<http::ClientIdentity> secrets_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_IDENTITIES_H_

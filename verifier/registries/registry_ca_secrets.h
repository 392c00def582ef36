#ifndef COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_SECRETS_H_
#define COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_SECRETS_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kube/secret_reader.h"
#include "verifier/registries/followed_secrets.h"

namespace countersign::verifier {

// Follows the certificates of authorities that registries are trusted by in Secrets
// (verifier/registries/followed_secrets.h). Every value of a Secret that has PEM certificates
// counts, whatever its key; values without are passed over. What is wrong with a Secret is logged
// once, with its name.
class RegistryCaSecrets {
 public:
  // "NAMESPACE/NAME". InvalidArgument if it is anything else.
  static absl::StatusOr<FollowedSecret> ParseName(std::string_view text);

  // Takes over the certificates of all Secrets, PEM texts. Its error is logged.
  using Apply = std::function<absl::Status(const std::vector<std::string>& pem)>;

  // All have been read once, or their time was over, when this returns. `apply` is called, from one
  // thread at a time, whenever there are other certificates than before, the first time if there
  // are any. `reader` must outlive this.
  RegistryCaSecrets(kube::SecretReader* reader, const std::vector<FollowedSecret>& names,
                    Apply apply, const FollowOptions& options);

 private:
  using Pem = std::vector<std::string>;

  FollowedSecrets<Pem> secrets_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_REGISTRIES_REGISTRY_CA_SECRETS_H_

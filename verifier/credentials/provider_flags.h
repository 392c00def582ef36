#ifndef COUNTERSIGN_VERIFIER_CREDENTIALS_PROVIDER_FLAGS_H_
#define COUNTERSIGN_VERIFIER_CREDENTIALS_PROVIDER_FLAGS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "verifier/credentials/credential_providers.h"

namespace countersign::verifier {

// The plugins of --image-credential-provider-config, in the directory of
// --image-credential-provider-bin-dir; null: none is configured, by neither. Errors begin with the flag at
// fault.
absl::StatusOr<std::unique_ptr<CredentialProviders>> LoadProviders(const std::string& config,
                                                                   const std::string& bin_dir);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_CREDENTIALS_PROVIDER_FLAGS_H_

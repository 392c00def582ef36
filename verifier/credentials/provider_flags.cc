#include "verifier/credentials/provider_flags.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "verifier/credentials/credential_providers.h"

namespace countersign::verifier {

absl::StatusOr<std::unique_ptr<CredentialProviders>> LoadProviders(const std::string& config,
                                                                   const std::string& bin_dir) {
  if (config.empty() && bin_dir.empty()) return nullptr;
  if (bin_dir.empty()) {
    return absl::InvalidArgumentError(
        "--image-credential-provider-config: needs --image-credential-provider-bin-dir too");
  }
  if (config.empty()) {
    return absl::InvalidArgumentError(
        "--image-credential-provider-bin-dir: needs --image-credential-provider-config too");
  }
  absl::StatusOr<std::unique_ptr<CredentialProviders>> providers =
      CredentialProviders::Load(config, bin_dir, &base::Clock::Real());
  if (!providers.ok()) {
    return base::Annotate("--image-credential-provider-config", providers.status());
  }
  return providers;
}

}  // namespace countersign::verifier

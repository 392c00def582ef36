#include "cli/bundle_signer.h"

#include <utility>
#include <variant>

#include "cosign/identity.h"
#include "crypto/public_key.h"

namespace countersign::cli {

cosign::SignerPtr SignerOf(const KeyOrIdentities& who, const cosign::Bundle& bundle,
                           std::shared_ptr<const cosign::TrustedRoot> root) {
  const auto* key = std::get_if<crypto::PublicKey>(&who);
  const bool has_stamps = !bundle.timestamps.empty() && !root->timestamp_authorities.empty();
  const cosign::Witnesses witnesses = {.log_entries = root->logs.empty() ? 0u : 1u,
                                       .timestamps = has_stamps ? 1u : 0u,
                                       .certificate_timestamps = key == nullptr ? 1u : 0u};
  if (key != nullptr) return cosign::KeySigner(*key, witnesses, std::move(root));
  return cosign::KeylessSigner(std::get<cosign::Identities>(who), witnesses, std::move(root));
}

}  // namespace countersign::cli

#include "cli/bundle_signer.h"

#include <utility>
#include <variant>

#include "cli/signers.h"
#include "cosign/identity.h"
#include "crypto/public_key.h"

namespace countersign::cli {

cosign::Witnesses BundleWitnesses(const SignerFlags& flags, bool is_certified,
                                  const cosign::TrustedRoot& root) {
  cosign::Witnesses witnesses = WitnessesOf(flags, is_certified);
  const bool is_log_asked =
      flags.require_tlog || (!flags.insecure_ignore_tlog && !root.logs.empty());
  witnesses.log_entries = is_log_asked ? 1 : 0;
  return witnesses;
}

cosign::SignerPtr SignerOf(const KeyOrIdentities& who, cosign::Witnesses witnesses,
                           const cosign::Bundle& bundle,
                           std::shared_ptr<const cosign::TrustedRoot> root) {
  const auto* key = std::get_if<crypto::PublicKey>(&who);
  if (!bundle.timestamps.empty() && !root->timestamp_authorities.empty()) witnesses.timestamps = 1;
  if (key != nullptr) return cosign::KeySigner(*key, witnesses, std::move(root));
  return cosign::KeylessSigner(std::get<cosign::Identities>(who), witnesses, std::move(root));
}

}  // namespace countersign::cli

#ifndef COUNTERSIGN_CLI_BUNDLE_SIGNER_H_
#define COUNTERSIGN_CLI_BUNDLE_SIGNER_H_

#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "cosign/bundle.h"
#include "cosign/identity.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"
#include "crypto/public_key.h"

namespace countersign::cli {

// Whose signature is asked for, as flags say it: a key, or an identity.
struct SignerFlags {
  std::string key;                      // --key: a PEM file
  std::string certificate_identity;     // --certificate-identity
  std::string certificate_oidc_issuer;  // --certificate-oidc-issuer
};

using KeyOrIdentities = std::variant<crypto::PublicKey, cosign::Identities>;

// InvalidArgument if the flags do not say exactly one, or the key cannot be read; it names the flag.
absl::StatusOr<KeyOrIdentities> ReadSigner(const SignerFlags& flags);

// The signer of a bundle, with the witnesses that Sigstore's clients ask for: an entry of a log where
// the root has logs, a timestamp where the bundle has one and the root an authority, and of a
// certificate that a log of certificates has seen it.
cosign::SignerPtr SignerOf(const KeyOrIdentities& who, const cosign::Bundle& bundle,
                           std::shared_ptr<const cosign::TrustedRoot> root);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_BUNDLE_SIGNER_H_

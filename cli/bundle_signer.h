#ifndef COUNTERSIGN_CLI_BUNDLE_SIGNER_H_
#define COUNTERSIGN_CLI_BUNDLE_SIGNER_H_

#include <memory>

#include "cli/signer_flags.h"
#include "cosign/bundle.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"

namespace countersign::cli {

// Who must have witnessed what a key signed (`is_certified` false), or what the holder of a certificate
// signed, whatever the bundle has. Without flags it is whom Sigstore's clients ask for: a log where the
// root has logs, and of a certificate that a log of certificates has seen it.
cosign::Witnesses BundleWitnesses(const SignerFlags& flags, bool is_certified,
                                  const cosign::TrustedRoot& root);

// The signer of a bundle, who needs these witnesses, and a timestamp where the bundle has one and the
// root an authority.
cosign::SignerPtr SignerOf(const KeyOrIdentities& who, cosign::Witnesses witnesses,
                           const cosign::Bundle& bundle,
                           std::shared_ptr<const cosign::TrustedRoot> root);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_BUNDLE_SIGNER_H_

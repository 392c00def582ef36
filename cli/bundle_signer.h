#ifndef COUNTERSIGN_CLI_BUNDLE_SIGNER_H_
#define COUNTERSIGN_CLI_BUNDLE_SIGNER_H_

#include <memory>

#include "cli/signer_flags.h"
#include "cosign/bundle.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"

namespace countersign::cli {

// The signer of a bundle, with the witnesses that Sigstore's clients ask for: an entry of a log where
// the root has logs, a timestamp where the bundle has one and the root an authority, and of a
// certificate that a log of certificates has seen it.
cosign::SignerPtr SignerOf(const KeyOrIdentities& who, const cosign::Bundle& bundle,
                           std::shared_ptr<const cosign::TrustedRoot> root);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_BUNDLE_SIGNER_H_

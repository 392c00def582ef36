#ifndef COUNTERSIGN_COSIGN_SIGNER_H_
#define COUNTERSIGN_COSIGN_SIGNER_H_

#include <memory>

#include "crypto/public_key.h"
#include "crypto/sha256.h"

namespace countersign::cosign {

// Whose signature a policy asks for; made when the policy is read. Immutable once it is shared.
struct Signer {
  crypto::PublicKey key;
  // Of all that decides: signers with equal ids make of every item and claim the same.
  crypto::Sha256Digest id;
};

using SignerPtr = std::shared_ptr<const Signer>;

// The holder of this key's private half.
SignerPtr KeySigner(const crypto::PublicKey& key);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNER_H_

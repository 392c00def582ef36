#ifndef COUNTERSIGN_COSIGN_SIGNER_H_
#define COUNTERSIGN_COSIGN_SIGNER_H_

#include <cstddef>
#include <memory>
#include <variant>

#include "cosign/identity.h"
#include "cosign/trusted_root.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"

namespace countersign::cosign {

// How many that are independent must have witnessed a signature, at the least. Logs, and timestamp
// authorities, of one operator count as one.
struct Witnesses {
  size_t log_entries = 0;             // of transparency logs
  size_t timestamps = 0;              // of timestamp authorities
  size_t certificate_timestamps = 0;  // of logs of certificates (SCT); nothing where a key signs
};

// Whose signature a policy asks for; made when the policy is read. Immutable once it is shared.
struct Signer {
  // The holder of the key's private half, or whoever a trusted authority has certified to be one of
  // the identities, when he signed.
  std::variant<crypto::PublicKey, Identities> who;
  Witnesses witnesses;
  // By what witnesses and certificates are judged; null: nobody is trusted.
  std::shared_ptr<const TrustedRoot> trust;
  // Of all that decides: signers with equal ids make of every item and claim the same.
  crypto::Sha256Digest id = {};

  // What verifying something by it costs, about, in units of one ECDSA P-256 verification, so that
  // cheaper ones can be tried first.
  size_t Cost() const;

  // Null: identities are asked for.
  const crypto::PublicKey* key() const { return std::get_if<crypto::PublicKey>(&who); }
};

using SignerPtr = std::shared_ptr<const Signer>;

// The holder of this key's private half. Without witnesses nothing but the key is asked.
SignerPtr KeySigner(const crypto::PublicKey& key);
SignerPtr KeySigner(const crypto::PublicKey& key, const Witnesses& witnesses,
                    std::shared_ptr<const TrustedRoot> trust);

// One of these identities. Of whatever witnesses, at least one that is trusted must say when it was
// signed, as the certificate is judged at that time.
SignerPtr KeylessSigner(Identities identities, const Witnesses& witnesses,
                        std::shared_ptr<const TrustedRoot> trust);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNER_H_

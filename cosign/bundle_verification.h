#ifndef COUNTERSIGN_COSIGN_BUNDLE_VERIFICATION_H_
#define COUNTERSIGN_COSIGN_BUNDLE_VERIFICATION_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "cosign/bundle_evidence.h"
#include "cosign/claim.h"
#include "cosign/pay.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"

namespace countersign::cosign {

// What a signature of a file is over.
struct File {
  std::shared_ptr<const crypto::Message> bytes;  // null: only one digest of them is known
  // That one, raw, and by which algorithm it is.
  crypto::HashAlgorithm algorithm = crypto::HashAlgorithm::kUnspecified;
  std::string digest;
};

// Whether the bundle holds for `claim` by `signer`, and what it says; else why not. An image is spoken
// of by statements alone, one of whose subjects has its SHA-256: a message's signature is never
// one of an image, and an attestation of another predicate type is neither a signature nor of the
// type that is asked for. Pure; FindBundleRefusal says what costs no public-key operation, and
// JudgeWitnesses (cosign/witnessed.h) what costs most of them.
std::variant<Refusal, Proof> VerifyBundle(const BundleEvidence& evidence, const Claim& claim,
                                          const Signer& signer, Pay pay = PayWhatever);

// The same of a file, as the message that is signed, or a subject of a statement of whatever predicate
// type, by its SHA-256, SHA-384 or SHA-512. Where only one of these is known, a statement must have that
// one, and a message's signature must be by that hash.
std::variant<Refusal, Proof> VerifyBundle(const BundleEvidence& evidence, const File& file,
                                          const Signer& signer);

// Why the bundle does not hold for the claim whoever the signer is, as far as that is known without a
// public-key operation; nullopt: the signer decides.
std::optional<Refusal> FindBundleRefusal(const BundleEvidence& evidence, const Claim& claim);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_BUNDLE_VERIFICATION_H_

#ifndef COUNTERSIGN_COSIGN_ATTESTATION_VERIFICATION_H_
#define COUNTERSIGN_COSIGN_ATTESTATION_VERIFICATION_H_

#include <optional>
#include <variant>

#include "cosign/attestation_evidence.h"
#include "cosign/claim.h"
#include "cosign/layer_witnesses.h"
#include "cosign/pay.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"

namespace countersign::cosign {

// Whether an attestation layer holds for `claim` by `signer`, and what it says; else why not. One
// of its signatures must be the signer's, and what is asked for of witnesses must be of that one:
// an entry of a log names it, a timestamp is of it or of the envelope's whole text. It is never a
// signature of the image, whatever its predicate type is. `witnesses` is of its annotations
// (cosign/layer_signer.h). Pure.
std::variant<Refusal, Proof> VerifyAttestation(const AttestationEvidence& evidence,
                                               const Witnessed& witnesses, const Claim& claim,
                                               const Signer& signer, Pay pay = PayWhatever);

// Why it does not hold for the claim whoever the signer is, as far as that is known without a
// public-key operation; nullopt: the signer decides.
std::optional<Refusal> FindAttestationRefusal(const AttestationEvidence& evidence,
                                              const Claim& claim);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_ATTESTATION_VERIFICATION_H_

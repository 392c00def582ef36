#ifndef COUNTERSIGN_COSIGN_WHO_SIGNED_H_
#define COUNTERSIGN_COSIGN_WHO_SIGNED_H_

#include <optional>

#include "cosign/logged_signature.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"
#include "cosign/signing_certificate.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {

// Fills in whose key has to have made the signature: the signer's, or that of `certificate`, which the
// evidence says has signed (null: none), and whom of the signer's identities that names. Else
// kWrongMaterial, kBadCertificate or kWrongIdentity. Nothing is verified; what is wrong here shows
// without a public-key operation.
std::optional<Refusal> SetWhoSigned(const SigningCertificate* certificate, const Signer& signer,
                                    LoggedSignature& signature, Proof& proof);

// Fills in by which scheme the signature holds over what it is to be over: kBadSignature if by none.
std::optional<Refusal> SetScheme(crypto::EcdsaEncoding encoding, LoggedSignature& signature);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_WHO_SIGNED_H_

#ifndef COUNTERSIGN_COSIGN_WHO_SIGNED_H_
#define COUNTERSIGN_COSIGN_WHO_SIGNED_H_

#include <optional>
#include <variant>

#include "cosign/logged_signature.h"
#include "cosign/pay.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"
#include "cosign/signing_certificate.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {

// Fills in whose key has to have made the signature: the signer's, or that of `certificate`, which the
// evidence says has signed (null: none), and whom of the signer's identities that names. Else
// kWrongMaterial, kBadCertificate or kWrongIdentity. Nothing is verified; what is wrong here shows
// without a public-key operation, and is paid for only if the names in the certificate are long
// (kLimit: they were not).
std::optional<Refusal> SetWhoSigned(const SigningCertificate* certificate, const Signer& signer,
                                    Pay pay, LoggedSignature& signature, Proof& proof);

// Fills in by which scheme the signature holds over what it is to be over: kBadSignature if by none.
// kLimit: it was not paid for.
std::optional<Refusal> SetScheme(crypto::EcdsaEncoding encoding, Pay pay,
                                 LoggedSignature& signature);

// Puts who signed into what came of the witnesses, if it is a proof; the predicate type is the caller's.
void AddWhoSigned(Proof who, std::variant<Refusal, Proof>& result);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_WHO_SIGNED_H_

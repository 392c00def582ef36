#ifndef COUNTERSIGN_COSIGN_LAYER_SIGNER_H_
#define COUNTERSIGN_COSIGN_LAYER_SIGNER_H_

#include <optional>

#include "cosign/layer_witnesses.h"
#include "cosign/logged_signature.h"
#include "cosign/pay.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"

namespace countersign::cosign {

// Fills in whose key has to have made a signature that is kept in a layer, and whom of the signer's
// identities its certificate names (SetWhoSigned in cosign/who_signed.h); else why it is not the
// signer's, without a public-key operation.
//
// `witnesses` is what was read of the layer's annotations; null: nothing. Whoever signs with a key
// may have a certificate for it, which then is of this key, and which logs may name instead of the key;
// no more is asked of it. A signer that is a key and asks for no witnesses looks at the key's signature
// alone: what cannot be read beside it decides nothing then, and refuses the layer for all others
// (kMalformed).
std::optional<Refusal> SetWhoSignedLayer(const Witnessed& witnesses, const Signer& signer, Pay pay,
                                         LoggedSignature& signature, Proof& proof);

// What was read; of what could not be, and of null, nothing.
const LayerWitnesses& ReadOf(const Witnessed& witnesses);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LAYER_SIGNER_H_

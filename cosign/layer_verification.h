#ifndef COUNTERSIGN_COSIGN_LAYER_VERIFICATION_H_
#define COUNTERSIGN_COSIGN_LAYER_VERIFICATION_H_

#include <string_view>
#include <variant>

#include "cosign/layer_witnesses.h"
#include "cosign/pay.h"
#include "cosign/payload.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"

namespace countersign::cosign {

// Whether a signature layer holds by `signer`, once its payload speaks of the right image
// (Payload::FindRefusal), and what it says; else why not. A signer that is a key and asks for no
// witnesses looks at the key's signature alone: whatever else the layer says, or cannot be read of
// it, decides nothing. `witnesses` may be null. Pure.
std::variant<Refusal, Proof> VerifyLayer(const Payload& payload, std::string_view signature,
                                         const Witnessed& witnesses, const Signer& signer,
                                         Pay pay = PayWhatever);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_LAYER_VERIFICATION_H_

#include "cosign/layer_verification.h"

#include <utility>

#include "cosign/layer_signer.h"
#include "cosign/logged_signature.h"
#include "cosign/who_signed.h"
#include "cosign/witness_cost.h"
#include "cosign/witnessed.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
std::variant<Refusal, Proof> VerifyLayer(const Payload& payload, std::string_view signature,
                                         const Witnessed& witnesses, const Signer& signer,
                                         Pay pay) {
  LoggedSignature logged = {.content = LoggedSignature::Content::kMessage,
                            .signature = signature,
                            .signed_bytes = &payload.message()};
  Proof who;
  if (auto refusal = SetWhoSignedLayer(witnesses, signer, pay, logged, who)) {
    return *std::move(refusal);
  }
  if (auto refusal = SetScheme(crypto::EcdsaEncoding::kDerOrP1363, pay, logged)) {
    return *std::move(refusal);
  }
  const LayerWitnesses& read = ReadOf(witnesses);
  auto result = JudgeWitnesses(logged, read.entries, read.timestamps, signer, pay);
  AddWhoSigned(std::move(who), result);
  return result;
}

size_t CostOfLayer(const Payload& payload, std::string_view signature, const Witnessed& witnesses,
                   const Signer& signer) {
  LoggedSignature logged = {.signature = signature};
  Proof who;
  if (SetWhoSignedLayer(witnesses, signer, PayWhatever, logged, who)) return 0;
  const size_t of_signature = logged.key->Cost(payload.bytes().size(), signature.size());
  // Of what no such key has signed no witness is asked.
  if (of_signature == 0) return 0;
  const LayerWitnesses& read = ReadOf(witnesses);
  return of_signature + CostOfWitnesses(logged, read.entries, read.timestamps, signer);
}

}  // namespace countersign::cosign

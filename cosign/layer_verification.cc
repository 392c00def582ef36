#include "cosign/layer_verification.h"

#include <utility>

#include "cosign/layer_signer.h"
#include "cosign/logged_signature.h"
#include "cosign/who_signed.h"
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

}  // namespace countersign::cosign

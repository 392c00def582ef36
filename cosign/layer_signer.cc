#include "cosign/layer_signer.h"

#include <string>

#include "absl/status/status.h"
#include "cosign/signing_certificate.h"
#include "cosign/who_signed.h"

namespace countersign::cosign {
namespace {

// Nothing but the signature is asked.
bool IsKeyAlone(const Signer& signer) {
  return signer.key() != nullptr && signer.witnesses.log_entries == 0 &&
         signer.witnesses.timestamps == 0;
}

const LayerWitnesses& None() {
  static const LayerWitnesses* const none = new LayerWitnesses;
  return *none;
}

}  // namespace

std::optional<Refusal> SetWhoSignedLayer(const Witnessed& witnesses, const Signer& signer, Pay pay,
                                         LoggedSignature& signature, Proof& proof) {
  if (IsKeyAlone(signer)) return SetWhoSigned(nullptr, signer, pay, signature, proof);
  if (!witnesses.ok()) {
    return Refusal{Refused::kMalformed, std::string(witnesses.status().message())};
  }
  const LayerWitnesses& read = ReadOf(witnesses);
  const SigningCertificate* certificate =
      read.certificate.has_value() ? &*read.certificate : nullptr;
  if (signer.key() == nullptr) return SetWhoSigned(certificate, signer, pay, signature, proof);
  if (certificate != nullptr &&
      certificate->certificate().public_key_info() != signer.key()->der()) {
    return Refusal{Refused::kWrongMaterial, "its certificate is of another key"};
  }
  if (certificate != nullptr) signature.key_certificate = &certificate->certificate();
  return SetWhoSigned(nullptr, signer, pay, signature, proof);
}

const LayerWitnesses& ReadOf(const Witnessed& witnesses) {
  return witnesses.ok() && *witnesses != nullptr ? **witnesses : None();
}

}  // namespace countersign::cosign

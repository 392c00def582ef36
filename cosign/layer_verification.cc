#include "cosign/layer_verification.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "cosign/logged_signature.h"
#include "cosign/who_signed.h"
#include "cosign/witnessed.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
namespace {

using Witnessed = absl::StatusOr<std::shared_ptr<const LayerWitnesses>>;

// Nothing but the signature is asked.
bool IsKeyAlone(const Signer& signer) {
  return signer.key() != nullptr && signer.witnesses.log_entries == 0 &&
         signer.witnesses.timestamps == 0;
}

const LayerWitnesses& None() {
  static const LayerWitnesses* const none = new LayerWitnesses;
  return *none;
}

const LayerWitnesses& ReadOf(const Witnessed& witnesses) {
  return witnesses.ok() && *witnesses != nullptr ? **witnesses : None();
}

// Whoever signs with a key may have a certificate for it, which then is of this key; no more is asked
// of it.
std::optional<Refusal> SetWhoSignedLayer(const LayerWitnesses& witnesses, const Signer& signer,
                                         LoggedSignature& signature, Proof& proof) {
  const SigningCertificate* certificate =
      witnesses.certificate.has_value() ? &*witnesses.certificate : nullptr;
  if (signer.key() == nullptr) return SetWhoSigned(certificate, signer, signature, proof);
  if (!IsKeyAlone(signer) && certificate != nullptr &&
      certificate->certificate().public_key_info() != signer.key()->der()) {
    return Refusal{Refused::kWrongMaterial, "its certificate is of another key"};
  }
  return SetWhoSigned(nullptr, signer, signature, proof);
}

}  // namespace

std::variant<Refusal, Proof> VerifyLayer(const Payload& payload, std::string_view signature,
                                         const Witnessed& witnesses, const Signer& signer) {
  if (!witnesses.ok() && !IsKeyAlone(signer)) {
    return Refusal{Refused::kMalformed, std::string(witnesses.status().message())};
  }
  const LayerWitnesses& read = ReadOf(witnesses);
  LoggedSignature logged = {.content = LoggedSignature::Content::kMessage,
                            .signature = signature,
                            .signed_bytes = &payload.message(),
                            .sha256 = payload.message().Sha256()};
  Proof who;
  if (auto refusal = SetWhoSignedLayer(read, signer, logged, who)) return *std::move(refusal);
  if (auto refusal = SetScheme(crypto::EcdsaEncoding::kDerOrP1363, logged)) {
    return *std::move(refusal);
  }
  auto result = JudgeWitnesses(logged, read.entries, read.timestamps, signer);
  if (auto* proof = std::get_if<Proof>(&result)) {
    proof->identity = std::move(who.identity);
    proof->subject = std::move(who.subject);
  }
  return result;
}

size_t CostOfLayer(const Payload& payload, std::string_view signature, const Witnessed& witnesses,
                   const Signer& signer) {
  const LayerWitnesses& read = ReadOf(witnesses);
  LoggedSignature logged;
  Proof who;
  if (SetWhoSignedLayer(read, signer, logged, who)) return 0;
  const size_t of_signature = logged.key->Cost(payload.bytes().size(), signature.size());
  // Of what no such key has signed no witness is asked.
  if (of_signature == 0) return 0;
  return of_signature + CostOfWitnesses(read.entries.size(), read.timestamps.size(),
                                        logged.certificate != nullptr, signer);
}

}  // namespace countersign::cosign

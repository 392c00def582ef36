#include "cosign/attestation_verification.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "cosign/layer_signer.h"
#include "cosign/logged_signature.h"
#include "cosign/statement_claim.h"
#include "cosign/who_signed.h"
#include "cosign/witnessed.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
namespace {

// One of its signatures, as yet none of them, and of nobody.
LoggedSignature OfOne(const AttestationEvidence& evidence) {
  return {.content = LoggedSignature::Content::kEnvelope,
          .signed_bytes = &evidence.envelope().signed_bytes(),
          .payload_type = evidence.envelope().payload_type(),
          .payload = evidence.envelope().payload(),
          .text_sha256 = evidence.text_sha256(),
          .text = evidence.text()};
}

// By the first of the signatures that holds with its witnesses; else what is wrong with the one
// that came nearest to that. One that is there several times is looked at once.
std::variant<Refusal, Proof> JudgeEach(const AttestationEvidence& evidence,
                                       const LayerWitnesses& witnesses, const Signer& signer,
                                       LoggedSignature logged, Pay pay) {
  Refusal nearest = {Refused::kBadSignature, "nobody signed it"};
  std::set<std::string_view> seen;
  for (const std::string& signature : evidence.signatures()) {
    if (!seen.insert(signature).second) continue;
    logged.signature = signature;
    std::optional<Refusal> refusal = SetScheme(crypto::EcdsaEncoding::kDer, pay, logged);
    if (!refusal.has_value()) {
      auto result = JudgeWitnesses(logged, witnesses.entries, witnesses.timestamps, signer, pay);
      if (std::holds_alternative<Proof>(result)) return result;
      refusal = std::get<Refusal>(std::move(result));
    }
    if (nearest.reason == Refused::kBadSignature) nearest = *std::move(refusal);
  }
  return nearest;
}

}  // namespace

std::variant<Refusal, Proof> VerifyAttestation(const AttestationEvidence& evidence,
                                               const Witnessed& witnesses, const Claim& claim,
                                               const Signer& signer, Pay pay) {
  if (auto refusal = FindAttestationRefusal(evidence, claim)) return *std::move(refusal);
  LoggedSignature logged = OfOne(evidence);
  Proof who;
  if (auto refusal = SetWhoSignedLayer(witnesses, signer, pay, logged, who)) {
    return *std::move(refusal);
  }
  auto result = JudgeEach(evidence, ReadOf(witnesses), signer, logged, pay);
  AddWhoSigned(std::move(who), result);
  if (auto* proof = std::get_if<Proof>(&result)) {
    proof->predicate_type = evidence.envelope().statement()->predicate_type;
  }
  return result;
}

std::optional<Refusal> FindAttestationRefusal(const AttestationEvidence& evidence,
                                              const Claim& claim) {
  if (!claim.predicate_type.has_value()) {
    return Refusal{Refused::kWrongStatement, "it is an attestation, not a signature"};
  }
  return FindStatementRefusal(evidence.envelope().statement(), claim);
}

}  // namespace countersign::cosign

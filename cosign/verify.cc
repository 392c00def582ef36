#include "cosign/verify.h"

#include <optional>
#include <utility>
#include <variant>

#include "cosign/attestation_verification.h"
#include "cosign/bundle_verification.h"
#include "cosign/layer_verification.h"
#include "cosign/proof.h"

namespace countersign::cosign {
namespace {

// So much of a payload is parsed in the time of one unit.
constexpr size_t kBytesParsedPerUnit = 16 << 10;

Refusal OfNoKnownForm() { return {Refused::kMalformed, "it is of no form that is known"}; }

// Of what it states nothing is known but that it is no signature.
Refusal OfUnreadAttestation(const Claim& claim) {
  if (claim.predicate_type.has_value()) return {Refused::kMalformed, "it was not read"};
  return {Refused::kWrongStatement, "it is an attestation, not a signature"};
}

std::variant<Refusal, Proof> VerifyByForm(const Item& item, const Claim& claim,
                                          const Signer& signer, Pay pay) {
  switch (item.form) {
    case Form::kSignatureLayer:
      if (std::optional<Refusal> refusal = FindRefusal(item, claim)) return *std::move(refusal);
      return VerifyLayer(*item.payload, item.signature, item.witnesses, signer, pay);
    case Form::kAttestationLayer:
      if (item.attestation == nullptr) break;
      return VerifyAttestation(*item.attestation, item.witnesses, claim, signer, pay);
    case Form::kUnreadAttestation:
      return OfUnreadAttestation(claim);
    case Form::kBundleV01:
    case Form::kBundleV02:
    case Form::kBundleV03:
      if (item.bundle != nullptr) return VerifyBundle(*item.bundle, claim, signer, pay);
      break;
    case Form::kUnspecified:
      break;
  }
  return OfNoKnownForm();
}

}  // namespace

Outcome Verify(const Item& item, const Claim& claim, const Signer& signer, Pay pay) {
  auto result = VerifyByForm(item, claim, signer, pay);
  if (auto* refusal = std::get_if<Refusal>(&result)) return std::move(*refusal);
  return Verified(claim, std::move(std::get<Proof>(result)));
}

std::optional<Refusal> FindRefusal(const Item& item, const Claim& claim) {
  switch (item.form) {
    case Form::kSignatureLayer:
      if (claim.predicate_type.has_value()) {
        return Refusal{Refused::kWrongStatement, "it is a signature, not an attestation"};
      }
      if (item.payload == nullptr) break;
      return item.payload->FindRefusal(claim.image);
    case Form::kAttestationLayer:
      if (item.attestation != nullptr) return FindAttestationRefusal(*item.attestation, claim);
      break;
    case Form::kUnreadAttestation:
      return OfUnreadAttestation(claim);
    case Form::kBundleV01:
    case Form::kBundleV02:
    case Form::kBundleV03:
      if (item.bundle != nullptr) return FindBundleRefusal(*item.bundle, claim);
      break;
    case Form::kUnspecified:
      break;
  }
  return OfNoKnownForm();
}

size_t CostToRead(size_t content_bytes) { return content_bytes / kBytesParsedPerUnit; }

}  // namespace countersign::cosign

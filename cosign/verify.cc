#include "cosign/verify.h"

#include <variant>

#include "cosign/signature_layer.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
namespace {

// So much of a payload is parsed in the time of one unit.
constexpr size_t kBytesParsedPerUnit = 16 << 10;

// Also of forms that come in and that one of these functions does not know.
Refusal OfNoKnownForm() { return {Refused::kMalformed, "it is of no form that is known"}; }

}  // namespace

Outcome Verify(const Item& item, const Claim& claim, const Signer& signer) {
  switch (item.form) {
    case Form::kSignatureLayer: {
      const auto result =
          VerifySignatureLayer(*item.payload, item.signature, claim.image, signer.key);
      if (const auto* refusal = std::get_if<Refusal>(&result)) return *refusal;
      return Verified(claim, std::get<crypto::SignatureScheme>(result));
    }
    case Form::kUnspecified:
    case Form::kBundleV01:
    case Form::kBundleV02:
    case Form::kBundleV03:
      break;
  }
  return OfNoKnownForm();
}

std::optional<Refusal> FindRefusal(const Item& item, const Claim& claim) {
  switch (item.form) {
    case Form::kSignatureLayer:
      return item.payload->FindRefusal(claim.image);
    case Form::kUnspecified:
    case Form::kBundleV01:
    case Form::kBundleV02:
    case Form::kBundleV03:
      break;
  }
  return OfNoKnownForm();
}

size_t CostToRead(size_t content_bytes) { return content_bytes / kBytesParsedPerUnit; }

size_t CostToVerify(const Item& item, const Signer& signer) {
  return item.payload == nullptr
             ? 0
             : signer.key.Cost(item.payload->bytes().size(), item.signature.size());
}

}  // namespace countersign::cosign

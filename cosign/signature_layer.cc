#include "cosign/signature_layer.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"

namespace countersign::cosign {

std::string SignatureTag(const oci::Digest& image) {
  return absl::StrCat("sha256-", image.hex(), ".sig");
}

std::string AttestationTag(const oci::Digest& image) {
  return absl::StrCat("sha256-", image.hex(), ".att");
}

absl::StatusOr<std::string> SignatureBytes(const oci::Descriptor& layer) {
  const auto annotation = layer.annotations.find(std::string(kSignatureAnnotation));
  if (annotation == layer.annotations.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has no annotation \"", kSignatureAnnotation, "\""));
  }
  absl::StatusOr<std::string> signature =
      base::DecodeBase64(annotation->second, base::LineBreaks::kIgnored);
  if (!signature.ok() || signature->empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("its annotation \"", kSignatureAnnotation, "\" is ",
                     signature.ok() ? "empty" : "not padded standard base64"));
  }
  if (signature->size() > kMaxSignatureBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", signature->size(), " bytes, which no signature of a key has"));
  }
  return signature;
}

}  // namespace countersign::cosign

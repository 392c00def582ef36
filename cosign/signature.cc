#include "cosign/signature.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace countersign::cosign {
namespace {

// RFC 4648 section 4, padded. Checked here because absl::Base64Unescape also takes white space,
// missing padding and the dots of other dialects.
bool IsPaddedBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.back() == '='; ++i) text.remove_suffix(1);
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '/') return false;
  }
  return true;
}

}  // namespace

std::string SignatureTag(const oci::Digest& image) {
  return absl::StrCat("sha256-", image.hex(), ".sig");
}

absl::StatusOr<std::string> SignatureBytes(const oci::Descriptor& layer) {
  const auto annotation = layer.annotations.find(std::string(kSignatureAnnotation));
  if (annotation == layer.annotations.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has no annotation \"", kSignatureAnnotation, "\""));
  }
  std::string base64;
  for (const char c : annotation->second) {
    if (c != '\r' && c != '\n') base64 += c;
  }
  std::string signature;
  if (!IsPaddedBase64(base64) || !absl::Base64Unescape(base64, &signature)) {
    return absl::InvalidArgumentError(
        absl::StrCat("its annotation \"", kSignatureAnnotation, "\" is ",
                     base64.empty() ? "empty" : "not padded standard base64"));
  }
  return signature;
}

}  // namespace countersign::cosign

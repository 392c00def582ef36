#include "oci/digest.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "crypto/sha256.h"

namespace countersign::oci {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr size_t kHexDigits = 64;
constexpr size_t kMaxQuotedBytes = 64;

bool IsLowerHexDigit(char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); }

}  // namespace

absl::StatusOr<Digest> Digest::Parse(std::string_view text) {
  const auto malformed = [&](std::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("the digest \"", base::Printable(text, kMaxQuotedBytes), "\" ", why));
  };
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return malformed("names no algorithm: it must be sha256: and 64 hex digits");
  }
  if (!absl::StartsWith(text, kPrefix)) {
    return malformed("is not of the algorithm sha256, the only one supported");
  }
  const std::string_view hex = text.substr(kPrefix.size());
  if (hex.size() != kHexDigits) {
    return malformed(absl::StrCat("has ", hex.size(), " hex digits instead of ", kHexDigits));
  }
  if (!std::all_of(hex.begin(), hex.end(), IsLowerHexDigit)) {
    return malformed("holds a character that is no lower-case hex digit");
  }
  return Digest(std::string(text));
}

Digest Digest::Of(std::string_view bytes) {
  return Digest(absl::StrCat(kPrefix, crypto::Sha256Hex(bytes)));
}

}  // namespace countersign::oci

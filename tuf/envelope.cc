#include "tuf/envelope.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/status_macros.h"
#include "tuf/canonical_json.h"
#include "tuf/hex.h"

namespace countersign::tuf {
namespace {

using base::JsonPlace;

absl::StatusOr<Signature> ReadSignature(const JsonPlace& place) {
  CS_ASSIGN_OR_RETURN(std::string key_id, place.RequiredString("keyid"));
  CS_ASSIGN_OR_RETURN(const std::string text, place.OptionalString("sig"));
  std::optional<std::string> bytes = DecodeHex(text);
  if (!bytes) return place.MemberError("sig", "must be hexadecimal");
  return Signature{std::move(key_id), *std::move(bytes)};
}

absl::StatusOr<std::vector<Signature>> ReadSignatures(const JsonPlace& document) {
  CS_ASSIGN_OR_RETURN(const JsonPlace list, document.Required("signatures"));
  if (list.json().is_array() && list.json().size() > kMaxSignatures) {
    return absl::ResourceExhaustedError(
        absl::StrCat("it has more than ", kMaxSignatures, " signatures"));
  }
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, list.Elements());
  std::vector<Signature> signatures;
  std::set<std::string> ids;
  for (const JsonPlace& element : elements) {
    CS_ASSIGN_OR_RETURN(Signature signature, ReadSignature(element));
    if (!ids.insert(signature.key_id).second) {
      return element.MemberError("keyid", "comes a second time");
    }
    if (!signature.bytes.empty()) signatures.push_back(std::move(signature));
  }
  return signatures;
}

}  // namespace

absl::StatusOr<Envelope> ParseEnvelope(std::string_view text, size_t max_bytes) {
  Envelope envelope;
  CS_ASSIGN_OR_RETURN(envelope.document, base::ParseJson(text, {.max_bytes = max_bytes,
                                                                .max_depth = kMaxMetadataDepth,
                                                                .max_values = kMaxMetadataValues}));
  const JsonPlace document(envelope.document);
  CS_ASSIGN_OR_RETURN(envelope.signed_bytes.signatures, ReadSignatures(document));
  CS_ASSIGN_OR_RETURN(const JsonPlace contents, document.RequiredObject("signed"));
  absl::StatusOr<std::string> bytes = CanonicalJson(contents.json());
  if (!bytes.ok()) return contents.Error(bytes.status().message());
  envelope.signed_bytes.bytes = *std::move(bytes);
  return envelope;
}

}  // namespace countersign::tuf

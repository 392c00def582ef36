#include "cosign/signed_envelope.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_extract.h"
#include "base/json_place.h"
#include "base/status_macros.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;

constexpr std::string_view kSignatures = "signatures";
// Of more signatures than may be there it only shows that they are more.
constexpr size_t kMaxValues = 4 * kMaxEnvelopeSignatures;

const base::JsonParts& Wanted() {
  static const base::JsonParts* const kWanted = [] {
    auto* parts = new base::JsonParts;
    parts->At("/payloadType");
    parts->At("/payload");
    parts->At("/signatures").Elements().At("/sig");
    return parts;
  }();
  return *kWanted;
}

absl::StatusOr<std::vector<std::string>> ReadSignatures(const JsonPlace& place, bool are_all) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, place.OptionalObjects(kSignatures));
  if (!are_all || elements.empty() || elements.size() > kMaxEnvelopeSignatures) {
    return place.MemberError(kSignatures, absl::StrCat("must hold 1 to ", kMaxEnvelopeSignatures));
  }
  std::vector<std::string> signatures;
  for (const JsonPlace& element : elements) {
    CS_ASSIGN_OR_RETURN(std::string signature, element.RequiredProtoBytes("sig"));
    signatures.push_back(std::move(signature));
  }
  return signatures;
}

}  // namespace

absl::StatusOr<SignedEnvelope> ParseSignedEnvelope(std::string_view json) {
  CS_ASSIGN_OR_RETURN(const base::ExtractedJson extracted,
                      base::ExtractJson(json, Wanted(),
                                        {.max_bytes = kMaxEnvelopeBytes,
                                         .max_depth = kMaxEnvelopeDepth,
                                         .max_values = kMaxValues}));
  const JsonPlace place(extracted.value);
  SignedEnvelope read;
  CS_ASSIGN_OR_RETURN(read.envelope.payload_type, place.RequiredString("payloadType"));
  CS_ASSIGN_OR_RETURN(read.envelope.payload, place.RequiredProtoBytes("payload"));
  CS_ASSIGN_OR_RETURN(read.signatures, ReadSignatures(place, extracted.is_complete));
  return read;
}

}  // namespace countersign::cosign

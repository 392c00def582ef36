#include "cosign/signed_payload.h"

#include "absl/status/status.h"
#include "base/json_extract.h"
#include "base/json_place.h"
#include "base/status_macros.h"

namespace countersign::cosign {
namespace {

const base::JsonParts& Wanted() {
  static const base::JsonParts* const kWanted = [] {
    auto* parts = new base::JsonParts;
    parts->At("/critical/image/docker-manifest-digest");
    parts->At("/critical/identity/docker-reference");
    parts->At("/critical/type");
    parts->At("/optional");
    return parts;
  }();
  return *kWanted;
}

}  // namespace

absl::StatusOr<SignedPayload> ParseSignedPayload(std::string_view bytes) {
  CS_ASSIGN_OR_RETURN(
      const base::ExtractedJson extracted,
      base::ExtractJson(bytes, Wanted(),
                        {.max_bytes = kMaxPayloadBytes, .max_depth = kMaxPayloadDepth}));
  const base::JsonPlace place(extracted.value);
  if (!place.json().is_object()) return place.Error("it is no JSON object");

  SignedPayload payload;
  CS_ASSIGN_OR_RETURN(const auto critical, place.OptionalObject("critical"));
  if (critical) {
    CS_ASSIGN_OR_RETURN(const auto image, critical->OptionalObject("image"));
    if (image) {
      CS_ASSIGN_OR_RETURN(payload.docker_manifest_digest,
                          image->OptionalString("docker-manifest-digest"));
    }
    CS_ASSIGN_OR_RETURN(const auto identity, critical->OptionalObject("identity"));
    // These decide nothing, but cosign cannot read a payload in which one is no string.
    if (identity) CS_RETURN_IF_ERROR(identity->OptionalString("docker-reference").status());
    CS_RETURN_IF_ERROR(critical->OptionalString("type").status());
  }
  CS_RETURN_IF_ERROR(place.OptionalObject("optional").status());
  if (payload.docker_manifest_digest.empty()) {
    return absl::InvalidArgumentError("/critical/image/docker-manifest-digest is missing");
  }
  return payload;
}

}  // namespace countersign::cosign

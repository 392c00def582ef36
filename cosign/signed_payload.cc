#include "cosign/signed_payload.h"

#include "absl/status/status.h"
#include "base/json.h"
#include "base/json_extract.h"
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
  const base::Json& json = extracted.value;
  if (!json.is_object()) return absl::InvalidArgumentError("it is no JSON object");

  SignedPayload payload;
  CS_ASSIGN_OR_RETURN(const base::Json* const critical, base::ObjectMember(json, "critical", ""));
  if (critical != nullptr) {
    CS_ASSIGN_OR_RETURN(const base::Json* const image,
                        base::ObjectMember(*critical, "image", "/critical"));
    if (image != nullptr) {
      CS_ASSIGN_OR_RETURN(payload.docker_manifest_digest,
                          base::StringMember(*image, "docker-manifest-digest", "/critical/image"));
    }
    CS_ASSIGN_OR_RETURN(const base::Json* const identity,
                        base::ObjectMember(*critical, "identity", "/critical"));
    if (identity != nullptr) {
      CS_ASSIGN_OR_RETURN(payload.docker_reference,
                          base::StringMember(*identity, "docker-reference", "/critical/identity"));
    }
    // Decides nothing, but cosign cannot read a payload in which it is no string.
    CS_RETURN_IF_ERROR(base::StringMember(*critical, "type", "/critical").status());
  }
  CS_RETURN_IF_ERROR(base::ObjectMember(json, "optional", "").status());
  if (payload.docker_manifest_digest.empty()) {
    return absl::InvalidArgumentError("/critical/image/docker-manifest-digest is missing");
  }
  return payload;
}

}  // namespace countersign::cosign

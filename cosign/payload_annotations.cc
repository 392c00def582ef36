#include "cosign/payload_annotations.h"

#include <optional>

#include "base/json.h"
#include "base/json_extract.h"
#include "base/json_place.h"
#include "base/large_text_turn.h"
#include "base/status_macros.h"
#include "cosign/signed_payload.h"

namespace countersign::cosign {

absl::StatusOr<std::map<std::string, std::string, std::less<>>> ReadPayloadAnnotations(
    std::string_view payload, absl::Span<const std::string_view> names) {
  base::JsonParts parts;
  base::JsonParts& wanted = parts.At("/optional");
  for (const std::string_view name : names) wanted.members[std::string(name)];

  const base::LargeTextTurn turn(payload.size());
  CS_ASSIGN_OR_RETURN(
      const base::ExtractedJson extracted,
      base::ExtractJson(payload, parts,
                        {.max_bytes = kMaxPayloadBytes, .max_depth = kMaxPayloadDepth}));
  const base::JsonPlace place(extracted.value);
  CS_ASSIGN_OR_RETURN(const auto optional, place.OptionalObject("optional"));
  std::map<std::string, std::string, std::less<>> annotations;
  if (!optional.has_value()) return annotations;
  for (const auto& [name, value] : optional->json().items()) {
    if (value.is_string()) annotations[name] = value.get_ref<const std::string&>();
  }
  return annotations;
}

}  // namespace countersign::cosign

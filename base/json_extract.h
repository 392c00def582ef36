#ifndef COUNTERSIGN_BASE_JSON_EXTRACT_H_
#define COUNTERSIGN_BASE_JSON_EXTRACT_H_

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/json_parts.h"

namespace countersign::base {

// What a number that is kept becomes.
enum class ExtractedNumbers {
  kNearest = 0,  // as ParseJson makes it: the nearest of its kind
  // Exactly as it is written: a binary value (Json::binary) of its text, which nothing else becomes.
  kAsWritten,
};

inline constexpr size_t kMaxJsonNumberBytes = 1000;

// The wanted parts of one JSON text. They cost memory, and beside them the names of the objects that
// are open, some eight bytes each, or twice that with escapes; what is not wanted does not. The text is
// held to what ParseJson holds it to, the rest of it too, and errors are of the same form.
//
// Of `limits`, `max_values` counts only what is kept and what the text's author can have any number
// of: elements, members by prefix, and all within them or within what is wanted whole. What would be
// more is left out. A number of more than kMaxJsonNumberBytes is refused, wanted or not (RFC 8259,
// section 9, lets a parser do so): reading it would take several times its bytes. Never recurses;
// never throws. `limits.max_bytes` is less than 4 GiB.
absl::StatusOr<ExtractedJson> ExtractJson(std::string_view text, const JsonParts& parts,
                                          const JsonLimits& limits,
                                          ExtractedNumbers numbers = ExtractedNumbers::kNearest);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_EXTRACT_H_

#ifndef COUNTERSIGN_BASE_JSON_EXTRACT_H_
#define COUNTERSIGN_BASE_JSON_EXTRACT_H_

#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::base {

inline constexpr size_t kMaxStrayNameBytes = 128;

// Which parts of a JSON value are wanted. Of a value that is
//   a number, a string, true, false, null: all
//   an object: the members that are named here, and those whose names begin with `prefix`; each as
//              its own parts say; and the names of the first `max_strays` others
//   an array:  its elements, as `elements` says; where that is null, none: []
// A part that is of another type than the parts expect is kept as that much, so that whoever reads
// it can say what is wrong with it.
struct JsonParts {
  // The whole value, whatever it is.
  bool all = false;
  std::map<std::string, JsonParts, std::less<>> members;
  std::string prefix;  // "": no such members
  // So many members that are neither are kept as null, whatever they are, and their names cut to
  // kMaxStrayNameBytes, at a character's end: for who says what does not belong there. They do not count.
  size_t max_strays = 0;
  std::shared_ptr<JsonParts> elements;
  // Of the elements no more than the first so many.
  size_t max_elements = std::numeric_limits<size_t>::max();

  // Adds the members on the way of a JSON pointer (RFC 6901), and gives the last one's parts.
  JsonParts& At(std::string_view pointer);
  // The parts of the elements, which are made if there are none.
  JsonParts& Elements();
};

struct ExtractedJson {
  Json value;
  bool is_complete = true;  // see `max_values`
  size_t memory_bytes = 0;  // what `value` takes, about
};

// What a number that is kept becomes.
enum class ExtractedNumbers {
  kNearest = 0,  // as ParseJson makes it: the nearest of its kind
  // Exactly as it is written: a binary value (Json::binary) of its text, which nothing else becomes.
  kAsWritten,
};

// The wanted parts of one JSON text. They cost memory, and beside them the names of the objects that
// are open, some eight bytes each, or twice that with escapes; what is not wanted does not. The text is
// held to what ParseJson holds it to, the rest of it too, and errors are of the same form.
//
// Of `limits`, `max_values` counts only what is kept and what the text's author can have any number
// of: elements, members by prefix, and all within them or within what is wanted whole. What would be
// more is left out. A number of more than 1,000 characters is refused, wanted or not (RFC 8259,
// section 9, lets a parser do so): reading it would take several times its bytes. Never recurses;
// never throws. `limits.max_bytes` is less than 4 GiB.
absl::StatusOr<ExtractedJson> ExtractJson(std::string_view text, const JsonParts& parts,
                                          const JsonLimits& limits,
                                          ExtractedNumbers numbers = ExtractedNumbers::kNearest);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_EXTRACT_H_

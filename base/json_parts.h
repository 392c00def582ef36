#ifndef COUNTERSIGN_BASE_JSON_PARTS_H_
#define COUNTERSIGN_BASE_JSON_PARTS_H_

#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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
  bool is_complete = true;  // whether all that was wanted found room
  size_t memory_bytes = 0;  // what `value` takes, about
};

// What is done with a value.
struct JsonWish {
  const JsonParts* parts = nullptr;  // null: it is left out
  bool counts = true;                // against `max_values`

  // What is done with the outermost value.
  static JsonWish ForAll(const JsonParts& parts) { return {&parts, parts.all}; }
  // What is done with a member of an object of this wish, and with an element of an array of which
  // so many are kept.
  JsonWish ForMember(std::string_view name) const;
  JsonWish ForElement(size_t kept) const;
};

// Keeps what is wanted of a value that is read from its beginning to its end, and counts what that
// takes: what a text's author can have any number of against `max_values`, and all memory.
class JsonKeeper {
 public:
  explicit JsonKeeper(size_t max_values) : max_values_(max_values) {}

  // Where the outermost value, a member of an object that is kept, or an element of an array that is
  // kept is to be put; null: it is left out. The place holds until the same container gets another.
  Json* Root();
  Json* Member(const JsonWish& wish, std::string_view name, Json& object);
  Json* Element(const JsonWish& wish, Json& array);
  // Keeps the name of a member that is not wanted, of an object of which so many `strays` are kept.
  void KeepStray(const JsonWish& of_object, std::string_view name, size_t& strays, Json& object);

  void Count(size_t memory_bytes) { extracted_.memory_bytes += memory_bytes; }

  ExtractedJson Take() { return std::move(extracted_); }

 private:
  bool HasRoom(const JsonWish& wish);

  const size_t max_values_;
  size_t counted_ = 0;
  ExtractedJson extracted_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_PARTS_H_

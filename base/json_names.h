#ifndef COUNTERSIGN_BASE_JSON_NAMES_H_
#define COUNTERSIGN_BASE_JSON_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace countersign::base {

// The member names of one object of a JSON text, so that one that comes twice is found. A name costs
// some eight bytes, and one with escapes twice as much: what is kept is where it stands in the text,
// which must outlive this and have less than 4 GiB.
class JsonNames {
 public:
  // Adds the name whose opening quote is at `quote` and that has `size` bytes between its quotes,
  // a good string (json_token.h). False: it, maybe written otherwise, is there already.
  bool Insert(std::string_view text, size_t quote, size_t size);

  // Forgets all names, for the next object.
  void Clear();

 private:
  bool Has(std::string_view text, std::string_view name) const;
  void Grow(std::string_view text);
  // The same of those that are written with escapes.
  bool InsertEscaped(std::string_view text, uint32_t offset, std::string_view meaning);
  bool HasEscaped(std::string_view text, std::string_view meaning) const;
  void GrowEscaped();

  // Offsets of the names' first bytes, never 0: up to kListed of them in their order, then a hash
  // table with open addressing, in which 0 is a free slot.
  std::vector<uint32_t> slots_;
  size_t count_ = 0;
  // Of names with escapes, by what they mean: such a table, or none. With its hash, no long name need
  // be read again for others than its equals.
  struct Escaped {
    uint32_t offset = 0;
    uint32_t hash = 0;
  };
  static size_t FindEscaped(const std::vector<Escaped>& slots, std::string_view text, uint32_t hash,
                            std::string_view meaning);
  std::vector<Escaped> escaped_;
  size_t escaped_count_ = 0;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_NAMES_H_

#ifndef COUNTERSIGN_BASE_JSON_NAMES_H_
#define COUNTERSIGN_BASE_JSON_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace countersign::base {

// The member names of one object of a JSON text, so that one that comes twice is found. A name costs
// some eight bytes: what is kept is where it stands in the text, which must outlive this and have
// less than 4 GiB.
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

  // Offsets of the names' first bytes, never 0: up to kListed of them in their order, then a hash
  // table with open addressing, in which 0 is a free slot.
  std::vector<uint32_t> slots_;
  size_t count_ = 0;
  // What names with escapes mean.
  absl::flat_hash_set<std::string> unescaped_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_JSON_NAMES_H_

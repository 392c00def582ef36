#ifndef COUNTERSIGN_POLICY_PATTERN_INDEX_H_
#define COUNTERSIGN_POLICY_PATTERN_INDEX_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "oci/image_reference.h"
#include "policy/name_pattern.h"

namespace countersign::policy {

// Finds, of many patterns, the few that may match an image, so that what an image costs does not grow
// with the patterns of everybody else's. A pattern is found by its host and the first component of its
// path, as far as they are written without stars: `registry.example.org/team/*` by both,
// `registry.example.org/*` by the host. One with a star in its host is always among those found.
//
// Copyable; thread-safe once all are added.
class PatternIndex {
 public:
  // `number` is the caller's, and greater than those added before.
  void Add(const NamePattern& pattern, size_t number);

  // The numbers of all patterns that match an image of this repository, and of some that do not;
  // ascending, each once.
  std::vector<size_t> MayMatch(const oci::Repository& repository) const;

 private:
  // By "host/component", and by "host/" for patterns whose first component has a star.
  absl::flat_hash_map<std::string, std::vector<size_t>> by_heading_;
  std::vector<size_t> anywhere_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_PATTERN_INDEX_H_

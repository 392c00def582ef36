#ifndef COUNTERSIGN_POLICY_NAME_PART_H_
#define COUNTERSIGN_POLICY_NAME_PART_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/step_budget.h"

namespace countersign::policy {

// The parts that the name of an image has, each as the set of texts that it can be
// (oci/image_reference.h).
enum class NamePart {
  // A registry in lower case: host, or host:port. Of IP addresses and ports only the shape counts,
  // so that the set is a little larger than what references take.
  kRegistry,
  // The first component of a Docker Hub image's path, when it is written without a registry: it
  // holds no '.'.
  kUser,
  // A repository's path: one or more components.
  kPath,
  kTag,
  // "sha256:" and 64 lower-case hex digits.
  kDigest,
};

// The length of the shortest text of this part that `glob` (base/glob.h) matches; nullopt if it
// matches none. Takes a number of steps that is linear in the length of `glob`.
std::optional<size_t> ShortestMatch(std::string_view glob, NamePart part);

// Whether `glob` matches a text of this part that is not longer than the part may be. Each of its
// characters takes about as many steps as the part has states, until what it matches would be too
// long; they are taken from `budget`, if there is one. Where that is exceeded by it the answer is no,
// and means nothing.
bool CanMatch(std::string_view glob, NamePart part, StepBudget* budget = nullptr);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_NAME_PART_H_

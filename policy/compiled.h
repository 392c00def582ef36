#ifndef COUNTERSIGN_POLICY_COMPILED_H_
#define COUNTERSIGN_POLICY_COMPILED_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "base/json.h"
#include "policy/policies.h"
#include "policy/problem.h"

namespace countersign::policy {

// All objects that there are at one moment, of each language. None is null.
struct PolicyObjects {
  std::vector<const base::Json*> sign;
};

// What becomes of an object.
enum class Acceptance {
  kInvalid = 0,    // it cannot be used at all: see its fault
  kWrongName,      // it has not the one name that it may have, so it is not used
  kNotTheOnlyOne,  // there is another of its kind, of which there may be one, so it is not used
  kPartly,         // it can be used, but for its problems
  kWhole,
};

// An object, as it was read.
struct CompiledObject {
  Acceptance acceptance = Acceptance::kInvalid;
  // Everything that is wrong in the object itself, be it a part or the whole.
  std::vector<Problem> problems;
  // The first of them that leaves nothing of it to use.
  std::optional<Problem> fault;
  // Its keys and patterns, those that are broken included; 0 where there is a fault.
  size_t keys = 0;
  size_t patterns = 0;
};

// What comes of reading objects. What is wrong is a value here: whoever tells people of it has his
// own words.
struct Compiled {
  // In the order of PolicyObjects::sign.
  std::vector<CompiledObject> sign;
  // What is to be in force if these objects are all there are, which may be nothing; null if one of
  // them is not accepted in whole or in part, so that what was in force stays.
  PoliciesPtr policies;
};

// What finding out whether patterns can match anything may take (policy/name_part.h), of all objects
// that are read at one time: a fraction of a second, however many there are. From its first '*' on a
// pattern takes a dozen steps for each character, and some dozens for each '*'.
inline constexpr size_t kPatternSteps = 10'000'000;

// The one reading of policy objects: what it says is said to whoever watches them, to their authors
// and to who asks before a policy is stored. Pure.
Compiled CompilePolicies(const PolicyObjects& objects);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_COMPILED_H_

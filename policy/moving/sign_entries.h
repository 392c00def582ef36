#ifndef COUNTERSIGN_POLICY_MOVING_SIGN_ENTRIES_H_
#define COUNTERSIGN_POLICY_MOVING_SIGN_ENTRIES_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "policy/name_pattern.h"
#include "policy/secret_reference.h"
#include "policy/step_budget.h"

namespace countersign::policy {

// A policy of Sign (policy/sign_policy.h) as what it decides is made of: what of it can be used.
struct SignEntries {
  struct Key {
    std::string name;
    std::string pem;
  };
  struct Entry {
    // Of spec.verification.images.
    size_t index = 0;
    NamePattern pattern;
    // Indexes of `keys`. None: no image that only such entries match is admitted.
    std::set<size_t> keys;
    std::optional<SecretReference> secret;
  };

  std::vector<Key> keys;
  std::vector<Entry> entries;
  std::vector<std::string> excluded_namespaces;  // sorted
  // An image that no entry matches is denied, whatever is said of unmatched ones: a pattern cannot be
  // read, so that what it was meant to match is unknown.
  bool denies_unmatched = false;
  // What of the object cannot be used, and why: printable, with JSON pointers.
  std::vector<std::string> problems;
};

// InvalidArgument "<pointer>: <reason>" if it is no policy as a whole. Pure.
absl::StatusOr<SignEntries> ReadSignEntries(const base::Json& object, StepBudget& steps);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_SIGN_ENTRIES_H_

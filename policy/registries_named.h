#ifndef COUNTERSIGN_POLICY_REGISTRIES_NAMED_H_
#define COUNTERSIGN_POLICY_REGISTRIES_NAMED_H_

#include <cstddef>
#include <functional>
#include <set>
#include <string>

#include "policy/policies.h"

namespace countersign::policy {

// The registries that policies name outright, by hosts without a star, as repositories have them
// (oci::Repository); no more than `max`. Pure.
std::set<std::string, std::less<>> FindNamedRegistries(const Policies& policies, size_t max);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_REGISTRIES_NAMED_H_

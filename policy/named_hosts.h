#ifndef COUNTERSIGN_POLICY_NAMED_HOSTS_H_
#define COUNTERSIGN_POLICY_NAMED_HOSTS_H_

#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "policy/policies.h"

namespace countersign::policy {

// The registries that policies name by a literal host: before the first `/` of a pattern or glob, without a
// star; or where an authority's evidence is kept. Each in the form that NamedHost has. What a policy only
// means by a star, or by no host at all, is not among them. Pure.
absl::flat_hash_set<std::string> NamedHosts(const Policies& policies);

// One name for all that a registry (oci::Repository) may be written as: Docker Hub has several, and the port
// of https:// may be left out.
std::string_view NamedHost(std::string_view registry);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_NAMED_HOSTS_H_

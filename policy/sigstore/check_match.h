#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHECK_MATCH_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHECK_MATCH_H_

#include <string>
#include <string_view>
#include <vector>

#include "policy/sigstore/finding.h"
#include "policy/sigstore/match_entry.h"

namespace countersign::policy {

// The group that a resource of Kubernetes itself is in, by its plural: "apps" of deployments, "" of
// what is in the core group, and of others.
std::string_view GroupOf(std::string_view resource);

// Appends what is said of an entry of `match`: selectors that cannot be compiled are refused; what is
// absent, means everything that it could mean, and matched nothing in the Policy Controller, warns. Pure.
void CheckMatchEntry(const MatchEntry& entry, const std::string& pointer,
                     std::vector<Finding>& findings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHECK_MATCH_H_

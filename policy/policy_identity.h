#ifndef COUNTERSIGN_POLICY_POLICY_IDENTITY_H_
#define COUNTERSIGN_POLICY_POLICY_IDENTITY_H_

#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"

namespace countersign::policy {

// The group, kind and plural of the policy object, the version that it is asked for and written in,
// and the one name that it may have.
inline constexpr std::string_view kPolicyGroup = "signing.apps.tanzu.vmware.com";
inline constexpr std::string_view kPolicyVersion = "v1beta1";
inline constexpr std::string_view kPolicyKind = "ClusterImagePolicy";
inline constexpr std::string_view kPolicyPlural = "clusterimagepolicies";
inline constexpr std::string_view kPolicyName = "image-policy";

// What keeps the object here from being the policy, whatever else is in it: another group (any
// version will do), kind or name, or none; at most one for each. Pure.
std::vector<Problem> FindIdentityFaults(const base::JsonPlace& object);

// Whether its name is not the one it may have, or it has none. Pure.
bool IsMisnamed(const base::JsonPlace& object);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_POLICY_IDENTITY_H_

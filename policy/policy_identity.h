#ifndef COUNTERSIGN_POLICY_POLICY_IDENTITY_H_
#define COUNTERSIGN_POLICY_POLICY_IDENTITY_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"

namespace countersign::policy {

// The group and kind of the policy object, the version that it is asked for and written in, and the
// one name that it may have.
inline constexpr std::string_view kPolicyGroup = "signing.apps.tanzu.vmware.com";
inline constexpr std::string_view kPolicyVersion = "v1beta1";
inline constexpr std::string_view kPolicyKind = "ClusterImagePolicy";
inline constexpr std::string_view kPolicyName = "image-policy";

// What keeps `object` from being the policy, whatever else is in it: another group (any version will
// do), kind or name, or none. Errors are InvalidArgument "<JSON pointer>: <reason>"
// (base::PointerOf), at most one for each. Pure.
std::vector<absl::Status> FindIdentityFaults(const base::Json& object);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_POLICY_IDENTITY_H_

#ifndef COUNTERSIGN_PROTO_POLICY_KIND_H_
#define COUNTERSIGN_PROTO_POLICY_KIND_H_

#include <string_view>

namespace countersign::v1 {

// What ValidatePolicy judges: the objects of this API group and kind, of whatever version. Who asks
// knows no more of them.
inline constexpr std::string_view kPolicyGroup = "signing.apps.tanzu.vmware.com";
inline constexpr std::string_view kPolicyKind = "ClusterImagePolicy";

}  // namespace countersign::v1

#endif  // COUNTERSIGN_PROTO_POLICY_KIND_H_

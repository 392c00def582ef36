#ifndef COUNTERSIGN_PROTO_POLICY_KIND_H_
#define COUNTERSIGN_PROTO_POLICY_KIND_H_

#include <string_view>

namespace countersign::v1 {

// What ValidatePolicy judges, of whatever version. Who asks knows no more of them.

// The Sign policy's objects.
inline constexpr std::string_view kPolicyGroup = "signing.apps.tanzu.vmware.com";
inline constexpr std::string_view kPolicyKind = "ClusterImagePolicy";

// Those of the Policy Controller's API, and ours beside them.
inline constexpr std::string_view kSigstoreGroup = "policy.sigstore.dev";
inline constexpr std::string_view kTrustRootKind = "TrustRoot";
inline constexpr std::string_view kOptionsGroup = "policy.countersign.dev";
inline constexpr std::string_view kOptionsKind = "PolicyOptions";

// The Policy Controller's settings, a ConfigMap of the core group, by its name.
inline constexpr std::string_view kSettingsKind = "ConfigMap";
inline constexpr std::string_view kSettingsName = "config-policy-controller";

struct JudgedKind {
  std::string_view group;
  std::string_view kind;
  // The only one that is judged; "": all are.
  std::string_view name = "";
};
inline constexpr JudgedKind kJudgedKinds[] = {
    {kPolicyGroup, kPolicyKind},        {kSigstoreGroup, kPolicyKind},
    {kSigstoreGroup, kTrustRootKind},   {kOptionsGroup, kOptionsKind},
    {"", kSettingsKind, kSettingsName},
};

}  // namespace countersign::v1

#endif  // COUNTERSIGN_PROTO_POLICY_KIND_H_

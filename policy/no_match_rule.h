#ifndef COUNTERSIGN_POLICY_NO_MATCH_RULE_H_
#define COUNTERSIGN_POLICY_NO_MATCH_RULE_H_

namespace countersign::policy {

// What becomes of an image that no ClusterImagePolicy of policy.sigstore.dev covers.
enum class NoMatchRule {
  kDeny = 0,
  kWarn,
  kAllow,
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_NO_MATCH_RULE_H_

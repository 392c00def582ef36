#ifndef COUNTERSIGN_POLICY_MOVING_SIGSTORE_OBJECTS_H_
#define COUNTERSIGN_POLICY_MOVING_SIGSTORE_OBJECTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace countersign::policy {

// The objects of policy.sigstore.dev, and those that belong to them, as translations write them. Pure.

// A ClusterImagePolicy about the images that any of the globs matches: `authorities` is the array of
// those of which one must pass; `mode` is "enforce" or "warn".
base::Json ClusterImagePolicyObject(const std::string& name, const std::vector<std::string>& globs,
                                    base::Json authorities, std::string_view mode);

// The PolicyOptions of the policy of that name.
base::Json PolicyOptionsObject(const std::string& name, base::Json spec);

// The ConfigMap `config-policy-controller`, by which what becomes of images that no policy selects is
// `no_match_policy`: "allow", "deny" or "warn".
base::Json NoMatchPolicyObject(std::string_view no_match_policy);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_SIGSTORE_OBJECTS_H_

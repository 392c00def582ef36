#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHECK_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHECK_H_

#include <vector>

#include "policy/sigstore/check_settings.h"
#include "policy/sigstore/finding.h"
#include "policy/sigstore/image_policy.h"

namespace countersign::policy {

// What we have against a policy beyond Validate (policy/sigstore/validate.h), which asks no more than
// the Policy Controller does: what cannot be read; what it ignores, and so its author would not notice;
// what is not supported; and what may not mean what it seems to. In the order of the object; each with
// its remedy. Pure.
std::vector<Finding> Check(const ImagePolicy& policy, const CheckSettings& settings = {});

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHECK_H_

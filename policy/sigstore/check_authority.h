#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHECK_AUTHORITY_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHECK_AUTHORITY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "policy/sigstore/authority_spec.h"
#include "policy/sigstore/check_settings.h"
#include "policy/sigstore/finding.h"

namespace countersign::policy {

// Appends what Check says of one authority, but for what it says of several together; `translated` as
// in CheckAttestationRule. Pure.
void CheckAuthority(const AuthoritySpec& authority, const CheckSettings& settings,
                    const std::string& pointer, size_t& translated, std::vector<Finding>& findings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHECK_AUTHORITY_H_

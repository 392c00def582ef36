#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHECK_IDENTITY_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHECK_IDENTITY_H_

#include <string>
#include <vector>

#include "policy/sigstore/finding.h"
#include "policy/sigstore/keyless_ref.h"

namespace countersign::policy {

// Appends what in an identity may mean more, or less, than its author thinks: regular expressions, which
// match anywhere in a text, without anchors, with dots that are no dots, or for everything; stars where a
// text is compared as it stands. All of it warns. Pure.
void CheckIdentity(const IdentitySpec& identity, const std::string& pointer,
                   std::vector<Finding>& findings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHECK_IDENTITY_H_

#ifndef COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_ERROR_H_
#define COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_ERROR_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace countersign::policy {

// So many are kept of one object: what others wrote can have more than anybody reads.
inline constexpr size_t kMaxTrustRootErrors = 100;

// Something that is wrong in a TrustRoot, in the Policy Controller's words where it finds the same.
struct TrustRootError {
  std::string message;             // "missing field(s)"
  std::vector<std::string> paths;  // "spec.sigstoreKeys.tLogs[0].publicKey"
  std::string details;             // may be empty; printable

  // "<message>: <path>, <path>", and the details in a line of their own.
  std::string Text() const {
    return absl::StrCat(message, ": ", absl::StrJoin(paths, ", "), details.empty() ? "" : "\n",
                        details);
  }
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_ERROR_H_

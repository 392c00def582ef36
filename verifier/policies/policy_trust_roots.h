#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_TRUST_ROOTS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_TRUST_ROOTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cosign/trusted_root.h"
#include "kube/object_feed.h"

namespace countersign::verifier {

// What TrustRoot objects are as trusted roots, which may take a fetch. Implementations are thread-safe.
class PolicyTrustRoots {
 public:
  virtual ~PolicyTrustRoots() = default;

  // All TrustRoots that there are. Does not wait for anything outside.
  virtual void Set(const std::vector<kube::Object>& objects) = 0;

  // The last good root of the object of that name, whatever has become of it since; otherwise why there
  // is none.
  virtual absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> Get(
      const std::string& name) const = 0;

  // Why the object, as it is now, gives no root, which is certain, and the same in every process; OK: it
  // does, or that is not known.
  virtual absl::Status Problem(const std::string& name) const { return Get(name).status(); }
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_TRUST_ROOTS_H_

#ifndef COUNTERSIGN_VERIFIER_TRUST_ROOT_READER_H_
#define COUNTERSIGN_VERIFIER_TRUST_ROOT_READER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cosign/trusted_root.h"
#include "http/client/client.h"
#include "kube/object_feed.h"
#include "verifier/policies/policy_trust_roots.h"
#include "verifier/trust/trust_roots.h"

namespace countersign::verifier {

// TrustRoots (verifier/trust/trust_roots.h), as policies ask for them. Thread-safe.
class TrustRootReader final : public PolicyTrustRoots {
 public:
  // As of TrustRoots.
  TrustRootReader(http::Client* client, std::function<void()> on_change)
      : roots_(client, std::move(on_change)) {}

  void Set(const std::vector<kube::Object>& objects) override;
  absl::StatusOr<std::shared_ptr<const cosign::TrustedRoot>> Get(
      const std::string& name) const override;
  absl::Status Problem(const std::string& name) const override;

 private:
  TrustRoots roots_;
};

// What is to be said of an object for everybody to read: that there is no root, or that the object has
// become one that gives none. What a mirror does not give just now is said by this process alone. Pure.
absl::Status LastingProblem(const TrustRootState& state);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_ROOT_READER_H_

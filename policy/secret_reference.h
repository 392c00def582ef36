#ifndef COUNTERSIGN_POLICY_SECRET_REFERENCE_H_
#define COUNTERSIGN_POLICY_SECRET_REFERENCE_H_

#include <string>
#include <utility>

namespace countersign::policy {

// A Secret with registry credentials that a policy names for the images it is about.
struct SecretReference {
  std::string secret_namespace;
  std::string name;
  friend bool operator==(const SecretReference&, const SecretReference&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SecretReference& secret) {
    return H::combine(std::move(h), secret.secret_namespace, secret.name);
  }
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SECRET_REFERENCE_H_

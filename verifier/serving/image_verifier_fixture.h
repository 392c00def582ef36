#ifndef COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_FIXTURE_H_

#include "policy/test_policy.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {

inline constexpr char kImage[] = "registry.example.org/app:1";

// The policy of most tests: everything in registry.example.org is signed by the cluster's signer.
inline policy::TestPolicy OrdinaryPolicy(const TestCluster& cluster) {
  return policy::TestPolicy()
      .Key("release", cluster.signer.key().PublicPem())
      .Rule("registry.example.org/*", {"release"})
      .ExcludeNamespace("kube-system");
}

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_FIXTURE_H_

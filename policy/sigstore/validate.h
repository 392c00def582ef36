#ifndef COUNTERSIGN_POLICY_SIGSTORE_VALIDATE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_VALIDATE_H_

#include <functional>
#include <set>
#include <string>

#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/image_policy.h"

namespace countersign::policy {

// What the rules depend on besides the object.
struct ValidationSettings {
  // "fail-on-empty-authorities" (policy/sigstore/settings.h).
  bool fails_on_empty_authorities = true;
  // The namespace of the installation, where alone a policy may name Secrets.
  std::string installation = "cosign-system";
  // What `match` may name: the Policy Controller's, and replication controllers. Operators may add theirs.
  std::set<std::string, std::less<>> resources = {
      "cronjobs", "daemonsets",  "deployments",  "jobs",
      "pods",     "replicasets", "statefulsets", "replicationcontrollers"};
};

// What the Policy Controller's webhook has against a policy, error for error (its packages v1alpha1 and
// v1beta1, whose rules are the same), but that the paths are the right ones:
//   theirs                                  ours
//   spec.type, of spec.policy               spec.policy.type
//   spec.authorities[0].attestations.name   spec.authorities[0].attestations[1].name
//   key.secretref                           key.secretRef
//   source[0].signaturePullSecrets[0].oci   source[0].oci
//
// One error is ours: that all regular expressions take more than those of all policies may, from which on
// none is looked at.
//
// Of what could be read (ImagePolicy::problems has the rest). Pure.
FieldErrors Validate(const ImagePolicy& policy, const ValidationSettings& settings = {});

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_VALIDATE_H_

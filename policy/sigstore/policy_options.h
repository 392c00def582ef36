#ifndef COUNTERSIGN_POLICY_SIGSTORE_POLICY_OPTIONS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_POLICY_OPTIONS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "policy/policy.h"
#include "policy/problem.h"
#include "policy/remap.h"
#include "policy/rules/annotations.h"
#include "policy/rules/condition.h"

namespace countersign::policy {

// PolicyOptions (policy.countersign.dev/v1alpha1, cluster scope): what a ClusterImagePolicy of
// policy.sigstore.dev with the same name cannot say. All of `spec` is optional:
//   group: string                 policies of a group of which one is enough
//   threshold: 1…100              so many distinct authorities must pass
//   namespaceSelector: {…}        LabelSelector of Kubernetes (meta/v1)
//   annotations: {name: text}     what signatures must be over
//   identities[]: {authority, and by the names of cosign/identity.h what certificates must say}
//   conditions[]: {authority, attestation, and a condition (policy/rules/condition_reader.h)}
//   platforms: index | anyLevel | allChildren
//   pinning: required
//   remap[]: {from, to}           policy/remap.h
//   effectiveFrom, effectiveUntil: RFC 3339
struct PolicyOptions {
  // Exactly these things a certificate must say; of entries for the same authority any will do.
  struct Identity {
    std::string authority;  // "": of every authority that asks for certificates
    std::map<std::string, std::string, std::less<>> extensions;  // at least one
  };
  struct AttestationCondition {
    std::string authority;    // "": every authority that asks for attestations
    std::string attestation;  // "": each of them
    Condition condition;
  };
  struct NamespaceSelector {
    std::string pointer;  // in the object
    base::Json json;      // an object; what is in it has not been read
  };

  std::string name;  // that of the policy; "" where there is none
  // Everything that is wrong, in no order. One thing that is leaves nothing of the object to use, as
  // whatever it was to tighten must not vanish: `broken` then says so, and the policy holds for no image.
  std::vector<Problem> problems;
  std::optional<Broken> broken;
  // What is odd, and in force all the same.
  std::vector<Problem> warnings;

  std::string group;  // "": none
  size_t threshold = 1;
  std::optional<NamespaceSelector> namespace_selector;
  Annotations annotations;
  std::vector<Identity> identities;
  std::vector<AttestationCondition> conditions;
  Platforms platforms = Platforms::kIndex;
  bool requires_pinning = false;
  std::vector<Remap> remaps;
  absl::Time effective_from = absl::InfinitePast();
  absl::Time effective_until = absl::InfiniteFuture();
};

// Members that are not above, of wrong types or with values that cannot be meant are problems, with
// their pointers and what to write instead. `now` is for warnings alone: options that differ in no
// member but those are the same at any time. Pure.
PolicyOptions ReadPolicyOptions(const base::Json& object, absl::Time now);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_POLICY_OPTIONS_H_

#ifndef COUNTERSIGN_POLICY_MOVING_KEY_POLICIES_H_
#define COUNTERSIGN_POLICY_MOVING_KEY_POLICIES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/json.h"
#include "policy/moving/translation.h"

namespace countersign::policy {

// ClusterImagePolicies of policy.sigstore.dev as far as they are about signatures of keys that are
// written in them, which is what Sign has, too.
struct KeyPolicies {
  struct Policy {
    std::string name;
    std::vector<std::string> globs;
    std::set<std::string> keys;  // PEM; none: no image satisfies it
    // It is more than that, so that it has no keys here, and denies what it selects.
    bool is_unsaid = false;
    std::set<std::string> pull_secrets;
  };
  std::vector<Policy> policies;
  // The first name that an authority has for each key, by PEM.
  std::map<std::string, std::string> key_names;
  // All policies are in one group of PolicyOptions: one of those that select an image is enough.
  bool are_alternatives = false;
  // Images that no policy selects are admitted.
  bool allow_unmatched = false;
  // What is more than that. A policy that denies has none of its keys; one that admits what it selects,
  // or only warns, is left out.
  std::vector<Divergence> differences;
};

// Reads the objects: ClusterImagePolicies, PolicyOptions and the ConfigMap
// `config-policy-controller`; what else is among them is a difference. Pure.
KeyPolicies ReadKeyPolicies(absl::Span<const base::Json> objects);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_KEY_POLICIES_H_

#ifndef COUNTERSIGN_POLICY_SIGN_POLICY_H_
#define COUNTERSIGN_POLICY_SIGN_POLICY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "cosign/signer.h"
#include "oci/image_reference.h"
#include "policy/name_pattern.h"
#include "policy/pattern_index.h"
#include "policy/policy_identity.h"

namespace countersign::policy {

// What finding out whether a policy's patterns can match anything may take (policy/name_part.h): a
// fraction of a second. From its first '*' on a pattern takes a dozen steps for each character, and
// some dozens for each '*'. A pattern that exceeds it, and those after it, cannot be used.
inline constexpr size_t kPatternSteps = 10'000'000;

// Something wrong in a policy that leaves the rest of it usable.
struct Problem {
  // JSON pointer into the object, such as "/spec/verification/keys/0/publicKey".
  std::string path;
  // For the policy's author, printable, without the path: "must be a string".
  std::string message;
};

// A Secret that holds registry credentials.
struct SecretReference {
  std::string secret_namespace;
  std::string name;
  friend bool operator==(const SecretReference&, const SecretReference&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SecretReference& secret) {
    return H::combine(std::move(h), secret.secret_namespace, secret.name);
  }
};

// A key of the policy. What names a broken one is denied with the reason why.
struct PolicyKey {
  // Empty for a key without a usable name, which no rule can name.
  std::string name;
  // Whoever has its private half. The error is a printable phrase for the policy's author.
  absl::StatusOr<cosign::SignerPtr> signer;
};

// What must hold for the images that a pattern matches.
struct Rule {
  NamePattern pattern;
  // Indexes into ImagePolicy::keys(), in the policy's order, without duplicates.
  std::vector<size_t> keys;
  // Names in the rule's list that no key of the policy has, without duplicates.
  std::vector<std::string> unknown_keys;
  std::optional<SecretReference> secret;
};

// A ClusterImagePolicy (signing.apps.tanzu.vmware.com/v1beta1), read for judging:
//   spec.verification.keys[]: {name, publicKey (PEM)}
//   spec.verification.images[]: {namePattern, keys[]: {name}, secretRef: {name, namespace}
//                                (optional)}
//   spec.verification.exclude.resources.namespaces[]: string
// Unknown members are ignored, as the API server's pruning would. Lists that are absent are empty.
//
// Immutable, thread-safe; share it as shared_ptr<const ImagePolicy>.
class ImagePolicy {
 public:
  // InvalidArgument "<JSON pointer>: <reason>" (base::PointerOf) if the object as a whole cannot be
  // a policy: it is not an object of that kind and group (any version), its name is not
  // `image-policy`, or one of the members above has the wrong JSON type in a way that leaves its
  // meaning unknown (`spec` or `verification` missing, `keys`, `images` or `namespaces` no array,
  // `exclude` or `resources` no object).
  //
  // What is wrong in one key or one rule is a problem and leaves the others in force: a bad PEM, a
  // key name that is missing or used twice (both uses are then broken), a rule without keys, a rule
  // naming an unknown key, a pattern that does not parse or can match no image, or with which the
  // patterns are too complex (see broken_patterns), a secretRef that is incomplete or can name no
  // Secret (ignored, and said), a namespace that no namespace can be named like (not excluded, and
  // said).
  //
  // `all_problems`, if given, is set to everything that is wrong, be it in a part or in the object
  // as a whole: empty exactly if the object is a policy without problems.
  static absl::StatusOr<ImagePolicy> FromObject(const base::Json& object,
                                                std::vector<Problem>* all_problems = nullptr);

  const std::vector<PolicyKey>& keys() const { return keys_; }
  const std::vector<Rule>& rules() const { return rules_; }
  // The rules whose patterns match the image, in the policy's order. Costs what may match, not all.
  std::vector<const Rule*> RulesFor(const oci::ImageReference& image) const;
  bool ExcludesNamespace(std::string_view name) const {
    return excluded_namespaces_.contains(name);
  }

  // Everything that is wrong, in the order of the members above.
  const std::vector<Problem>& problems() const { return problems_; }

  // Patterns that do not parse or can match no image: what they were meant to match is unknown, so
  // an image that matches no other pattern is denied even where unmatched images are allowed. Each
  // as "<JSON pointer>: <reason>".
  const std::vector<std::string>& broken_patterns() const { return broken_patterns_; }

 private:
  class Reader;

  ImagePolicy() = default;

  std::vector<PolicyKey> keys_;
  std::vector<Rule> rules_;
  PatternIndex index_;  // of rules_
  absl::flat_hash_set<std::string> excluded_namespaces_;
  std::vector<Problem> problems_;
  std::vector<std::string> broken_patterns_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGN_POLICY_H_

#ifndef COUNTERSIGN_POLICY_POLICY_H_
#define COUNTERSIGN_POLICY_POLICY_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "cosign/signer.h"
#include "policy/evidence_source.h"
#include "policy/name_pattern.h"
#include "policy/secret_reference.h"

namespace countersign::policy {

// The form that every language of policies compiles to. What is in it was read from objects of
// their authors', and is as they wrote it: any bytes, if not said otherwise.

// In which language a policy is written: what its objects look like and mean, and in which words
// people are told.
enum class Language {
  kUnspecified = 0,
  kSign,  // ClusterImagePolicy of signing.apps.tanzu.vmware.com (policy/sign_policy.h)
};

// What cannot be used of a policy, and why: a printable phrase for its author.
struct Broken {
  std::string why;
};

// Somebody whose word a policy takes. One that is broken holds for no image, but it is there: what
// cannot be read never takes anything away from what a policy asks.
struct Authority {
  // As the policy has it; empty for one without a usable name, which no policy can ask for.
  std::string name;
  std::variant<Broken, cosign::SignerPtr> asks;
  // Of an attestation, exactly that type is asked for; nullopt: a signature is.
  std::optional<std::string> predicate_type;
  // Among those of its object, in whose order verdicts name them.
  size_t index = 0;
  // Where its evidence is kept; what lies anywhere else is not for it.
  EvidenceSourcePtr source;

  bool IsUsable() const { return std::holds_alternative<cosign::SignerPtr>(asks); }
};

// Whether its word is an attestation, rather than a signature.
inline bool AsksForAttestation(const Authority* authority) {
  return authority->predicate_type.has_value();
}

// Shared by all policies that name it, so that a key is there, and read, once.
using AuthorityPtr = std::shared_ptr<const Authority>;

// What must hold for the images that a pattern matches: the word of one of the authorities.
struct Policy {
  Language language = Language::kUnspecified;
  // What verdicts call it.
  std::string name;
  NamePattern images;
  // By their indexes, then those that the object does not have, each once.
  std::vector<AuthorityPtr> authorities;
  std::optional<SecretReference> secret;
  // Its index in Policies::groups().
  size_t group = 0;
};

// Policies of which one is enough for an image that several match, and what they have in common.
struct Group {
  Language language = Language::kUnspecified;
  // All there are, by their indexes, whether a policy names them or not.
  std::vector<AuthorityPtr> authorities;
  // Workloads in these are asked nothing.
  absl::flat_hash_set<std::string> excluded_namespaces;
  // Patterns that cannot be read or can match no image, each as "<JSON pointer>: <reason>",
  // printable: what they were meant to match is unknown, so an image that no other matches is
  // denied, even where unmatched images are allowed.
  std::vector<std::string> broken_patterns;
  // How many parts of its object cannot be used.
  size_t problems = 0;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_POLICY_H_

#ifndef COUNTERSIGN_POLICY_POLICY_H_
#define COUNTERSIGN_POLICY_POLICY_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "cosign/signer.h"
#include "policy/evidence_source.h"
#include "policy/image_glob.h"
#include "policy/name_pattern.h"
#include "policy/object_match.h"
#include "policy/remap.h"
#include "policy/secret_reference.h"

namespace countersign::policy {

struct Stipulations;  // policy/stipulations.h
class LabelSelector;  // policy/label_selector.h

// The form that every language of policies compiles to. What is in it was read from objects of
// their authors', and is as they wrote it: any bytes, if not said otherwise.

// In which language a policy is written: what its objects look like and mean, and in which words
// people are told.
enum class Language {
  kUnspecified = 0,
  kSign,  // ClusterImagePolicy of signing.apps.tanzu.vmware.com (policy/sign_policy.h)
  // ClusterImagePolicy of policy.sigstore.dev (policy/sigstore/compiled_sigstore.h)
  kSigstore,
};

// The API group of its objects; "": there is none.
constexpr std::string_view ApiGroupOf(Language language) {
  switch (language) {
    case Language::kSign:
      return "signing.apps.tanzu.vmware.com";
    case Language::kSigstore:
      return "policy.sigstore.dev";
    case Language::kUnspecified:
      break;
  }
  return "";
}

// What becomes of an image that a policy does not let pass.
enum class Mode {
  kEnforce = 0,  // it is denied
  kWarn,         // who asks is warned
};

// What cannot be used of a policy, and why: a printable phrase for its author.
struct Broken {
  std::string why;
};

// What an authority says of every image, whatever its evidence.
struct StaticAnswer {
  bool passes = false;
  std::string message;  // for people; may be empty
};

// An attestation that an authority must have made.
struct WantedAttestation {
  // As the policy calls it; "" where it has no name for it.
  std::string name;
  // Of exactly that type.
  std::string predicate_type;
  // What it must say beside that; null: nothing.
  std::shared_ptr<const Stipulations> accepts;
  // The type as the policy writes it, maybe by a short name, for sentences; "": as it is.
  std::string written_type;
};

// Somebody whose word a policy takes. One that is broken holds for no image, but it is there: what
// cannot be read never takes anything away from what a policy asks.
struct Authority {
  // As the policy has it; empty for one without a usable name, which no policy can ask for.
  std::string name;
  std::variant<Broken, StaticAnswer, cosign::SignerPtr> asks;
  // His word is all of these attestations; none: a signature.
  std::vector<WantedAttestation> attestations;
  // What that signature must say beside being of the image; null: nothing.
  std::shared_ptr<const Stipulations> accepts;
  // Among those of its object, in whose order verdicts name them.
  size_t index = 0;
  // Where its evidence is kept; what lies anywhere else is not for it.
  EvidenceSourcePtr source;
  // Of Secrets in the workload's namespace, tried first where that is.
  std::vector<std::string> pull_secrets;
  // It is an identity's word that it asks for, also where that cannot be read; for sentences.
  bool is_keyless = false;

  // Whether evidence is to be looked for.
  bool IsUsable() const { return std::holds_alternative<cosign::SignerPtr>(asks); }
};

// Whether its word is attestations, rather than a signature.
inline bool AsksForAttestation(const Authority* authority) {
  return !authority->attestations.empty();
}

// Shared by all policies that name it, so that a key is there, and read, once.
using AuthorityPtr = std::shared_ptr<const Authority>;

// Which of an index's manifests must have what is asked for.
enum class Platforms {
  kIndex = 0,    // the index itself, or the manifest if the image has no index
  kAnyLevel,     // the index, or else each manifest in it
  kAllChildren,  // the index and each manifest in it
};

// What a policy of policy.sigstore.dev, and the PolicyOptions of its name, say beside which images it is
// for and whose word it takes. What is not said limits nothing.
struct Terms {
  Mode mode = Mode::kEnforce;
  // So many authorities must pass.
  size_t threshold = 1;
  // Why nothing satisfies it, whatever its authorities say: what it asks cannot be read, or is missing.
  std::optional<Broken> broken;
  // Kinds of objects that it asks about, any of them; none: all.
  std::vector<ObjectMatch> objects;
  // Namespaces in which it asks; null: all.
  std::shared_ptr<const LabelSelector> namespaces;
  // Before the first it only warns, from the second on it asks nothing.
  absl::Time effective_from = absl::InfinitePast();
  absl::Time effective_until = absl::InfiniteFuture();
  Platforms platforms = Platforms::kIndex;
  bool requires_pinning = false;
  // The first whose `from` is the image's says where its evidence is.
  std::vector<Remap> remaps;
  // Of all this: equal for equal terms.
  std::string id;
};

// The images of a policy: by one pattern, or by any of several globs, of which some may be broken: then
// what it is for is not known, so it asks about every image, and covers only those of the others.
struct GlobImages {
  std::vector<ImageGlob> globs;
  std::vector<Broken> broken;
};

// What must hold for the images that it is for: the word of one of the authorities, or of as many as its
// terms say.
struct Policy {
  Language language = Language::kUnspecified;
  // What verdicts call it.
  std::string name;
  std::variant<NamePattern, GlobImages> images;
  // By their indexes, then those that the object does not have, each once.
  std::vector<AuthorityPtr> authorities;
  std::optional<SecretReference> secret;
  // Its index in Policies::groups().
  size_t group = 0;
  // Not null if it is of policy.sigstore.dev.
  std::shared_ptr<const Terms> terms;

  // Of so many authorities the word is needed.
  size_t Threshold() const {
    return terms == nullptr || terms->threshold == 0 ? 1 : terms->threshold;
  }
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

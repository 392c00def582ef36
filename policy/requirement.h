#ifndef COUNTERSIGN_POLICY_REQUIREMENT_H_
#define COUNTERSIGN_POLICY_REQUIREMENT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/public_key.h"
#include "oci/image_reference.h"
#include "policy/image_policy.h"

namespace countersign::policy {

// What a policy asks of one image, before anything is known about the image itself.
struct Requirement {
  enum class Kind {
    kImpossible,         // nothing can satisfy it: see `broken`
    kNoPolicy,           // there is no policy; nothing is asked
    kExcludedNamespace,  // nothing is asked
    kUnmatched,          // no pattern matches; denied
    kUnmatchedAllowed,   // no pattern matches; nothing is asked
    kSignature,          // a signature by one of `keys`
  };

  // A pattern that matched, and which of `keys` satisfy it (none, if all of its own are broken).
  struct MatchedRule {
    std::string pattern;
    std::vector<size_t> keys;  // indexes into Requirement::keys
  };

  Kind kind = Kind::kImpossible;
  // Where the workload goes.
  std::string workload_namespace;
  // The usable keys of all matching rules, without duplicates, in the policy's order, and their
  // names.
  std::vector<crypto::PublicKey> keys;
  std::vector<std::string> key_names;
  // The matching rules, in the policy's order.
  std::vector<MatchedRule> rules;
  // The secretRefs of the matching rules, in the policy's order, without duplicates.
  std::vector<SecretName> secrets;
  // What of the policy cannot be used and might have let this image pass, as printable phrases
  // without duplicates: keys of matching rules ("key \"release\": …") or, if no rule matches, the
  // patterns that do not parse ("pattern /spec/verification/images/0/namePattern: …").
  std::vector<std::string> broken;

  // Whether anything must be looked up to judge the image.
  bool NeedsEvidence() const { return kind == Kind::kSignature; }
};

// What `policy` (null: there is none) asks of every image of a workload admitted to
// `workload_namespace` (empty: not known, so not excluded), if that is certain whatever the image
// is called: kNoPolicy or kExcludedNamespace. Pure.
std::optional<Requirement> RequirementForAnyImage(const ImagePolicy* policy,
                                                  std::string_view workload_namespace);

// What `policy` (null: there is none) asks of `image` in a workload admitted to
// `workload_namespace` (empty: not known, so not excluded). Pure.
//
// Where several rules match, one of them is enough. An image that no rule matches is impossible to
// satisfy as long as the policy has patterns that do not parse, for one of them may have been
// meant.
Requirement RequirementFor(const ImagePolicy* policy, bool allow_unmatched_images,
                           std::string_view workload_namespace, const oci::ImageReference& image);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_REQUIREMENT_H_

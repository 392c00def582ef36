#ifndef COUNTERSIGN_POLICY_REQUIREMENT_H_
#define COUNTERSIGN_POLICY_REQUIREMENT_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/image_reference.h"
#include "policy/sign_policy.h"

namespace countersign::policy {

using PolicyPtr = std::shared_ptr<const ImagePolicy>;

// What a policy asks of one image, before anything is known about the image itself. Everything in it
// that the policy says is the policy's own, which it holds on to: however many images are asked
// about, names, patterns and keys are there once.
struct Requirement {
  enum class Kind {
    kImpossible,         // nothing can satisfy it: see `broken`
    kNoPolicy,           // there is no policy; nothing is asked
    kExcludedNamespace,  // nothing is asked
    kUnmatched,          // no pattern matches; denied
    kUnmatchedAllowed,   // no pattern matches; nothing is asked
    kSignature,          // a signature by one of `keys`
  };

  Kind kind = Kind::kImpossible;
  // Where the workload goes.
  std::string workload_namespace;
  // What asks it: null where there is none, or where it asks nothing of any image.
  PolicyPtr policy;
  // The rules of `policy` that match, in its order.
  std::vector<const Rule*> rules;
  // The usable keys of all of them, without duplicates, in the policy's order.
  std::vector<const PolicyKey*> keys;

  // Whether anything must be looked up to judge the image.
  bool NeedsEvidence() const { return kind == Kind::kSignature; }

  // The secretRefs of the rules, in the policy's order, without duplicates.
  std::vector<SecretReference> Secrets() const;

  // What of the policy cannot be used and might have let this image pass, as printable phrases
  // without duplicates: keys of matching rules ("key \"release\": …") or, if no rule matches, the
  // patterns that do not parse ("pattern /spec/verification/images/0/namePattern: …").
  std::vector<std::string> Broken() const;
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
Requirement RequirementFor(const PolicyPtr& policy, bool allow_unmatched_images,
                           std::string_view workload_namespace, const oci::ImageReference& image);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_REQUIREMENT_H_

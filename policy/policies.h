#ifndef COUNTERSIGN_POLICY_POLICIES_H_
#define COUNTERSIGN_POLICY_POLICIES_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/glob_index.h"
#include "policy/namespace_rule.h"
#include "policy/pattern_index.h"
#include "policy/policy.h"

namespace countersign::policy {

class Policies;
// Null is no policies at all, and denies; that there certainly are none is Policies::None().
using PoliciesPtr = std::shared_ptr<const Policies>;

// What holds for all policies of policy.sigstore.dev (the ConfigMap `config-policy-controller`, and
// install values).
struct SigstoreRules {
  NoMatchRule no_match = NoMatchRule::kDeny;
  NamespaceRule namespaces;
};

// A policy of policy.sigstore.dev that is for an image.
struct Selection {
  const Policy* policy;
  // It is not only for images whose host somebody else may choose (ImageGlob::Covers), so that the rule
  // about images that no policy covers does not apply.
  bool covers;
  bool only_by_claimed_tag = false;  // as in Selected
  // Whether it was meant for the image is not known: what it asks, it asks, and it lets nothing pass.
  bool is_unsure = false;
  // It is for a digest that the image's tag may mean (Selected).
  bool awaits_digest = false;
};

// All policies that are in force at one moment, of all languages. Immutable, thread-safe.
class Policies {
 public:
  // Each policy's group must be there. nullopt: policies of policy.sigstore.dev are not in use, and there
  // are none.
  Policies(std::vector<Group> groups, std::vector<Policy> policies,
           std::optional<SigstoreRules> sigstore_rules = std::nullopt);
  Policies(const Policies&) = delete;
  Policies& operator=(const Policies&) = delete;

  // That nothing is enforced.
  static PoliciesPtr None();
  bool IsNone() const { return groups_.empty() && !sigstore_rules_.has_value(); }

  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<Policy>& all() const { return policies_; }
  const std::optional<SigstoreRules>& sigstore_rules() const { return sigstore_rules_; }

  // Those of policy.sigstore.dev that are for the image by its name, in their order. `resolved` is what
  // its tag was found to mean, if that was looked up; it is not looked at where the image has a digest.
  // What has a tag alone goes by the names that it has with a digest, too, whichever that will be, and
  // whatever is for one digest awaits it. Costs what may match (policy/glob_index.h), not all there is.
  std::vector<Selection> Selecting(const oci::ImageReference& image,
                                   const std::optional<oci::Digest>& resolved = std::nullopt) const;

  // Of the Sign policy's, those whose patterns match the image, in their order. Costs what MayMatch
  // finds, not all.
  std::vector<const Policy*> Matching(const oci::ImageReference& image) const;

  // Of the Sign policy's, those that match an image of this repository, and few that do not, however many there are
  // (policy/pattern_index.h).
  std::vector<const Policy*> MayMatch(const oci::Repository& repository) const;

  // The first moment after `now` from which one of them asks what it did not ask before, or nothing any more
  // (Terms); InfiniteFuture: there is none. Looks at all of them.
  absl::Time NextChange(absl::Time now) const;

  // Whether it matters to any of them which object asks for an image (Terms::objects).
  bool tells_objects_apart() const { return tells_objects_apart_; }

  // Of all that decides, 32 bytes: with equal ids, every image is asked the same.
  const std::string& id() const { return id_; }

 private:
  const std::vector<Group> groups_;
  const std::vector<Policy> policies_;
  const std::optional<SigstoreRules> sigstore_rules_;
  PatternIndex index_;                   // of the Sign policy's of policies_
  GlobIndex globs_;                      // of the others
  GlobIndex digest_globs_;               // those that name a digest, as if they were for every one
  std::vector<size_t> for_every_image_;  // of the others, those with a glob that is broken
  const bool tells_objects_apart_;
  const std::string id_;
};

// What both ask, of two that are in force at one moment and have no language in common. Neither is null.
PoliciesPtr Combine(const PoliciesPtr& a, const PoliciesPtr& b);

// That of every image the word of one of these is asked, none of which is null: a policy of the Sign
// policy's language for the pattern `*`, in which their indexes are those in the list, whatever they
// were. Without any, no image can satisfy it. Pure.
PoliciesPtr PoliciesForEveryImage(std::vector<AuthorityPtr> any_of);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_POLICIES_H_

#ifndef COUNTERSIGN_POLICY_POLICIES_H_
#define COUNTERSIGN_POLICY_POLICIES_H_

#include <memory>
#include <string>
#include <vector>

#include "oci/image_reference.h"
#include "policy/pattern_index.h"
#include "policy/policy.h"

namespace countersign::policy {

class Policies;
// Null is no policies at all, and denies; that there certainly are none is Policies::None().
using PoliciesPtr = std::shared_ptr<const Policies>;

// All policies that are in force at one moment, of all languages. Immutable, thread-safe.
class Policies {
 public:
  // Each policy's group must be there.
  Policies(std::vector<Group> groups, std::vector<Policy> policies);
  Policies(const Policies&) = delete;
  Policies& operator=(const Policies&) = delete;

  // That nothing is enforced.
  static PoliciesPtr None();
  bool IsNone() const { return groups_.empty(); }

  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<Policy>& all() const { return policies_; }

  // Those whose patterns match the image, in their order. Costs what MayMatch finds, not all.
  std::vector<const Policy*> Matching(const oci::ImageReference& image) const;

  // Those that match an image of this repository, and few that do not, however many there are
  // (policy/pattern_index.h).
  std::vector<const Policy*> MayMatch(const oci::Repository& repository) const;

  // Of all that decides, 32 bytes: with equal ids, every image is asked the same.
  const std::string& id() const { return id_; }

 private:
  const std::vector<Group> groups_;
  const std::vector<Policy> policies_;
  PatternIndex index_;  // of policies_
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

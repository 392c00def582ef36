#ifndef COUNTERSIGN_POLICY_EXAMINATION_H_
#define COUNTERSIGN_POLICY_EXAMINATION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "oci/digest.h"
#include "policy/children.h"
#include "policy/demand.h"
#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/prove.h"
#include "policy/requirement.h"
#include "policy/verification.h"

namespace countersign::policy {

// What came of checking the evidence about an image for the authorities of a requirement: all that a
// verdict needs of it. Small, whatever was found, and the same for every text that means the image.
struct Examination {
  oci::Digest digest;
  // How many items were found.
  size_t items = 0;
  Verification verification;
  // Of the first item that could not be read at this time, but may be the next; OK: there is none.
  absl::Status transient;
  std::string how;  // as in Evidence
  // What an index lists; nullopt: it was not looked at, and nothing holds by it.
  std::optional<Children> children = std::nullopt;
  // How old the evidence is, of which some serves beyond its time, since the registry is away; nullopt: none
  // does.
  std::optional<absl::Duration> age = std::nullopt;
};

// Checks the evidence: the dear half of judging, all of it in `prove`. Pure but for that.
Examination Examine(const Requirement& requirement, const Evidence& evidence,
                    Prove prove = ProveDirectly);

// Whether what was found satisfies what is asked: of every clause a policy, that is, as many of its
// authorities as it wants made an item of all that they are asked for. A clause that only warns is like
// another here: whoever would say that it does not hold must have looked everywhere. Nothing is
// satisfied by a requirement that needs no evidence. Pure.
bool Holds(const Requirement& requirement, const Demand& demand, const Examination& examination);
bool Holds(const Requirement& requirement, const Examination& examination);
bool Holds(const Requirement& requirement, const Clause& clause, const Examination& examination);

// Of policies that say which of an index's manifests must have the evidence (Terms::platforms), each by
// itself must satisfy the policy: kAllChildren: the digest, and if it is an index, each manifest that a
// node may run; kAnyLevel: the digest, or else, if it is an index, each of those, for the node may run
// any. What is not of an index is alone.
//
// Whether there is nothing more to look for beside the digest itself, or beside one of the manifests of
// its index, of which the examination is: all holds that could hold by it.
bool IsEnoughByItself(const Requirement& requirement, const Examination& examination);
bool IsEnoughOfChild(const Requirement& requirement, const Examination& child);

// Whether it makes a difference what (else) of its manifests is found: what is enforced may still hold,
// and something depends on them. Pure.
bool ChildrenMatter(const Requirement& requirement, const Examination& examination);

// Adds what came of the next of its manifests. `undecided`: why not all could be found out. Pure.
void AddChild(const Requirement& requirement, std::string platform, const Examination& child,
              absl::Status undecided, Children& children);

// Why it is not known whether the clause would hold by the manifests; OK: it is known, or that is not
// what it lacks. Pure.
absl::Status WhyChildrenUndecided(const Requirement& requirement, const Clause& clause,
                                  const Examination& examination);

// Whether the authorities satisfy the policy by the digest itself; by one of its manifests. Pure.
bool HoldsByItself(const Requirement& requirement, const Selected& selected,
                   const Examination& examination);
bool HoldsOfChild(const Requirement& requirement, const Selected& selected, const Child& child);

// Whether this authority, one of those that are asked, made an item of all that it is asked for: of the
// digest itself; of one of its manifests. Pure.
bool Passes(const Requirement& requirement, const Authority& authority,
            const Examination& examination);
bool Passes(const Requirement& requirement, const Authority& authority, const Child& child);

// The policies that are satisfied, in the requirement's order. Pure.
std::vector<const Policy*> Satisfied(const Requirement& requirement,
                                     const Examination& examination);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_EXAMINATION_H_

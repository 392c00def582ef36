#ifndef COUNTERSIGN_POLICY_EXAMINATION_H_
#define COUNTERSIGN_POLICY_EXAMINATION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/digest.h"
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

// Whether this authority, one of those that are asked, made an item of all that it is asked for. Pure.
bool Passes(const Requirement& requirement, const Authority& authority,
            const Examination& examination);

// The policies that are satisfied, in the requirement's order. Pure.
std::vector<const Policy*> Satisfied(const Requirement& requirement,
                                     const Examination& examination);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_EXAMINATION_H_

#ifndef COUNTERSIGN_POLICY_EXAMINATION_H_
#define COUNTERSIGN_POLICY_EXAMINATION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cosign/item.h"
#include "oci/digest.h"
#include "policy/demand.h"
#include "policy/policy.h"
#include "policy/requirement.h"
#include "policy/verification.h"

namespace countersign::policy {

// What was found in the registry about an image.
struct Evidence {
  // The digest that the reference means.
  oci::Digest digest;
  // The signatures attached to that digest; those that could not be read as errors, which leave an
  // image undecided that no other signature verifies if they are of base::IsNotNow. Empty: there is
  // no signature tag, or it holds no signature.
  std::vector<absl::StatusOr<cosign::ItemPtr>> signatures;
  // The credentials that it was looked for with, and what came of each, for the explanation of a
  // denial ("imagePullSecret shop/regcred (refused), anonymous (no signature)"). May be empty.
  std::string how;
};

// What came of checking an image's signatures with the keys of a requirement: all that a verdict
// needs of them. Small, whatever was found, and the same for every text that means the image.
struct Examination {
  oci::Digest digest;
  // How many signatures were found.
  size_t signatures = 0;
  Verification verification;
  // The first signature that could not be read at this time, but may be the next; OK: there is none.
  absl::Status not_now;
  std::string how;  // as in Evidence
};

// Checks the evidence. Pure, and the dear part of judging: `spend`, if given, is asked before each
// piece of work, and may end it.
Examination Examine(const Requirement& requirement, const Evidence& evidence,
                    const Spend& spend = nullptr);

// Whether what was found satisfies what is asked: of every clause a policy, that is, one of its
// authorities made an item. Nothing is satisfied by a requirement that needs no evidence. Pure.
bool Holds(const Requirement& requirement, const Demand& demand, const Examination& examination);
bool Holds(const Requirement& requirement, const Examination& examination);

// The policies that are satisfied, in the requirement's order. Pure.
std::vector<const Policy*> Satisfied(const Requirement& requirement,
                                     const Examination& examination);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_EXAMINATION_H_

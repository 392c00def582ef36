#ifndef COUNTERSIGN_POLICY_SIGSTORE_SENTENCES_H_
#define COUNTERSIGN_POLICY_SIGSTORE_SENTENCES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/demand.h"
#include "policy/examination.h"
#include "policy/requirement.h"
#include "policy/verdict.h"

namespace countersign::policy {

// What policies of policy.sigstore.dev say of an image, in the Policy Controller's own words, which
// callers may look for, and after them in ours. Each text is printable and short. Pure.

// What it is said of. The four outlive it.
struct Judged {
  const Requirement& requirement;
  const Demand& demand;
  std::string_view image;  // the reference as the workload has it, any bytes
  const absl::StatusOr<Examination>& examination;
};

// That one of the policies does not hold: "failed policy: NAME", and then the image and why each of its
// authorities does not pass, in their order. Of an image whose tag means no digest that could be found
// out: "invalid value: IMAGE must be an image digest", and then what the registry says.
PolicyFailure SayFailedPolicy(const Judged& judged, const Selected& selected, bool is_warning);

// That none covers the image.
PolicyFailure SayNoMatchingPolicies(std::string_view image, bool is_warning);

// That what the workload has is no reference.
PolicyFailure SayUnparsableReference(std::string_view image);

// Ours: what is wanted by the policies that deny, what was found, and what to do.
std::string SaySigstoreDenied(const Judged& judged, Reason reason,
                              const std::vector<const Policy*>& failing);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_SENTENCES_H_

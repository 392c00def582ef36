#ifndef COUNTERSIGN_POLICY_SIGSTORE_POLICY_OVERLAP_H_
#define COUNTERSIGN_POLICY_SIGSTORE_POLICY_OVERLAP_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "base/json.h"
#include "policy/sigstore/finding.h"

namespace countersign::policy {

// What is found in one object because of others, or of itself.
struct OverlapFinding {
  bool is_of_options = false;  // of PolicyOptions; otherwise of a ClusterImagePolicy
  size_t index = 0;            // among those that were given
  Finding finding;
};

// What policies of policy.sigstore.dev and their options say together that may not be what was meant, where
// these are all there are; exact, so that much that is odd is not found:
// - an authority that lets every image pass beside others, which are then worth nothing; likewise a policy in a
//   group, for the images of another of the group;
// - a policy that lets every image pass, all of whose images others are for as well, so that it does nothing, as all
//   must hold; and one for every image at all, with which the no-match rule never applies;
// - globs within what another glob of the same policy takes; equal ones of two policies, where both must hold;
// - a policy that asks nothing that another does not ask of all of its images;
// - options of no policy, or that name authorities or attestations that theirs does not have (refused), or groups
//   of one, or want several authorities of which two are alike.
// In the order of the objects. What cannot be read is passed over. Pure.
std::vector<OverlapFinding> FindOverlaps(absl::Span<const base::Json* const> image_policies,
                                         absl::Span<const base::Json* const> options);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_POLICY_OVERLAP_H_

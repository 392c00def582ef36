#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_PLAN_PARTS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_PLAN_PARTS_H_

#include <vector>

#include "oci/image_reference.h"
#include "policy/look_plan.h"

namespace countersign::verifier {

// Where a place is, of an image in the repository `image`. It lives as long as the two.
const oci::Repository& RepositoryOf(const policy::Place& place, const oci::Repository& image);

// What of a plan is in one repository, in the plan's stages.
struct PlanPart {
  oci::Repository repository;
  policy::LookPlan plan;
};

// Whether all places of a plan are in the image's own repository.
bool IsBesideImage(const policy::LookPlan& plan, const oci::Repository& image);

// The plan by repositories, as each has credentials of its own: the image's first, where the plan has
// a place in it or has none at all, then the others in the order of their first places.
std::vector<PlanPart> PartsOf(const policy::LookPlan& plan, const oci::Repository& image);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_PLAN_PARTS_H_

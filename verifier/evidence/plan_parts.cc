#include "verifier/evidence/plan_parts.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"

namespace countersign::verifier {
namespace {

// Each once, in the order of their first places.
std::vector<oci::Repository> RepositoriesOf(const policy::LookPlan& plan,
                                            const oci::Repository& image) {
  std::vector<oci::Repository> repositories;
  for (const policy::LookPlan::Stage& stage : plan.stages) {
    for (const policy::Place& place : stage) {
      const oci::Repository& repository = RepositoryOf(place, image);
      if (!absl::c_linear_search(repositories, repository)) repositories.push_back(repository);
    }
  }
  return repositories;
}

policy::LookPlan PlanIn(const oci::Repository& repository, const policy::LookPlan& plan,
                        const oci::Repository& image) {
  policy::LookPlan here;
  for (const policy::LookPlan::Stage& stage : plan.stages) {
    policy::LookPlan::Stage places;
    for (const policy::Place& place : stage) {
      if (RepositoryOf(place, image) == repository) places.push_back(place);
    }
    if (!places.empty()) here.stages.push_back(std::move(places));
  }
  return here;
}

}  // namespace

const oci::Repository& RepositoryOf(const policy::Place& place, const oci::Repository& image) {
  const bool is_named = place.source != nullptr && place.source->repository.has_value();
  return is_named ? *place.source->repository : image;
}

bool IsBesideImage(const policy::LookPlan& plan, const oci::Repository& image) {
  return absl::c_all_of(plan.stages, [&image](const policy::LookPlan::Stage& stage) {
    return absl::c_all_of(stage, [&image](const policy::Place& place) {
      return RepositoryOf(place, image) == image;
    });
  });
}

std::vector<PlanPart> PartsOf(const policy::LookPlan& plan, const oci::Repository& image) {
  if (IsBesideImage(plan, image)) return {{image, plan}};
  std::vector<oci::Repository> repositories = RepositoriesOf(plan, image);
  std::stable_partition(
      repositories.begin(), repositories.end(),
      [&image](const oci::Repository& repository) { return repository == image; });
  std::vector<PlanPart> parts;
  for (oci::Repository& repository : repositories) {
    policy::LookPlan here = PlanIn(repository, plan, image);
    parts.push_back({std::move(repository), std::move(here)});
  }
  return parts;
}

}  // namespace countersign::verifier

#ifndef COUNTERSIGN_VERIFIER_SERVING_ASKED_WORKLOAD_H_
#define COUNTERSIGN_VERIFIER_SERVING_ASKED_WORKLOAD_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/digest.h"
#include "policy/demand.h"
#include "policy/evidence_source.h"
#include "policy/requirement.h"
#include "policy/secret_reference.h"
#include "policy/verdict.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/examiner.h"
#include "verifier/policies/namespace_labels.h"
#include "verifier/policies/policy_store.h"
#include "verifier/serving/requirement_memory.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// What the operator wants of images beside the policy.
struct ImageRules {
  // Those that no pattern of the policy matches may run.
  bool allow_unmatched_images = false;
  // Those that a policy asks about must name their registry.
  bool deny_short_names = false;
};

// What the cluster and the clock say of a workload, beside what the question says.
struct Circumstances {
  LabelsPtr namespace_labels;  // null: they are not known
  absl::Time now;
};

// A workload whose images are asked about: says of each what must be found out, if anything, and
// holds what all of them have in common, once.
//
// No I/O. For one thread; what it hands out lives as long as it is wanted.
class AskedWorkload {
 public:
  // `question` and `memory` must outlive this. `policies` are what all of its images are judged by.
  AskedWorkload(const WorkloadQuestion* question, absl::StatusOr<PolicySnapshot> policies,
                const ImageRules& rules, CredentialUse credentials, AllowancePtr allowance,
                Circumstances circumstances, RequirementMemory* memory);

  // The verdict about an image, where the policy and the image's text are enough for one; otherwise
  // what is to be found out about it. If that is only which digest its tag means
  // (policy::Requirement::awaits_digest), it is asked again with what was found.
  std::variant<policy::Verdict, ImageQuestion> Ask(
      const std::string& image, const std::optional<oci::Digest>& resolved = std::nullopt);

 private:
  // The image, and what is asked of it; the reference's error.
  absl::StatusOr<RememberedRequirementPtr> Find(const std::string& image,
                                                const std::optional<oci::Digest>& resolved);
  // Which credentials an image is looked at with. One scope for all images that the policy has the
  // same secrets for: it may be large, and there may be a thousand of them.
  ScopePtr ScopeOf(const policy::Requirement& requirement);
  // The requirement, once for all images that the same patterns of the policy match, and whose
  // evidence is kept in the same sources.
  std::shared_ptr<const policy::Requirement> Share(policy::Requirement requirement);

  const WorkloadQuestion& question_;
  const absl::StatusOr<PolicySnapshot> policies_;
  const ImageRules rules_;
  const CredentialUse credentials_;
  const AllowancePtr allowance_;
  const policy::Workload workload_;
  std::optional<RequirementMemory::OfWorkload> remembered_;  // none where no policy was read
  absl::flat_hash_map<std::vector<policy::SecretReference>, ScopePtr> scopes_;
  // By all in which the requirements of one workload's images differ: which policies ask, and the sources
  // as the image's repository has them.
  using Difference = std::pair<std::string, std::vector<policy::EvidenceSourcePtr>>;
  absl::flat_hash_map<Difference, std::shared_ptr<const policy::Requirement>> requirements_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_ASKED_WORKLOAD_H_

#ifndef COUNTERSIGN_POLICY_REQUIREMENT_H_
#define COUNTERSIGN_POLICY_REQUIREMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/asked.h"
#include "policy/demand.h"
#include "policy/evidence_source.h"
#include "policy/look_plan.h"
#include "policy/policies.h"
#include "policy/policy.h"
#include "policy/secret_reference.h"

namespace countersign::policy {

// What the policies in force ask of one image, before anything is known about the image itself.
// Everything in it that a policy says is the policy's own, which it holds on to: however many images
// are asked about, names, patterns and keys are there once.
struct Requirement {
  // Where the workload goes.
  std::string workload_namespace;
  // What asks it; null where that asks nothing of any image.
  PoliciesPtr in_force;
  // One for each language; every one must be satisfied. None at all cannot be.
  std::vector<Demand> demands;
  // What to look for: what the usable authorities of all demands ask, as far as it decides anything.
  std::vector<Asked> asked;
  // Where each of it is kept, as the image's repository has it (SourceFor); empty: all of it beside the
  // image.
  std::vector<EvidenceSourcePtr> sources;
  // Where evidence of them is to be looked for.
  LookPlan plan;
  // One text for which policies in force ask and how: with it, and equal policies, images in one
  // repository are asked the same.
  std::string selection;
  // The moment of the request, by which conditions are judged.
  absl::Time now = absl::InfinitePast();
  // What is asked depends on which digest the image's tag means: all that the plan finds is that, and
  // RequirementFor is to be asked again with it. Until then nothing holds.
  bool awaits_digest = false;
  // Pods must name the image by digest: a policy says so, or what is asked is asked of one.
  bool requires_pinning = false;
  // The widest that a policy of it says.
  Platforms platforms = Platforms::kIndex;

  // Whether anything must be looked up to judge the image.
  bool NeedsEvidence() const { return !plan.stages.empty(); }

  // Whether what is looked up may deny the image, rather than only warn.
  bool MayDenyByEvidence() const;

  // The policies of all demands, in their order.
  std::vector<const Policy*> Matching() const;

  // Their Secrets, and those that their authorities name in the workload's namespace, in their order,
  // without duplicates.
  std::vector<SecretReference> Secrets() const;
};

// What `in_force` asks of every image of a workload, if that is certain whatever the image is
// called. Pure.
std::optional<Requirement> RequirementForAnyImage(const PoliciesPtr& in_force,
                                                  const Workload& workload);

// What `in_force` asks of `image` in a workload; `resolved` is what its tag was found to mean, if that
// was looked up for this: Pods must then name it by that. Costs what may match, not all there is. Pure.
Requirement RequirementFor(const PoliciesPtr& in_force, const Workload& workload,
                           const oci::ImageReference& image,
                           const std::optional<oci::Digest>& resolved = std::nullopt);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_REQUIREMENT_H_

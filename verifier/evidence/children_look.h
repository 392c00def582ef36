#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_CHILDREN_LOOK_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_CHILDREN_LOOK_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/digest.h"
#include "policy/evidence.h"
#include "policy/examination.h"
#include "policy/requirement.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/image_question.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/signature_judge.h"

namespace countersign::verifier {

// Looks at the manifests that an image's index lists, where policies ask about them
// (policy::Terms::platforms): one after the other, each as the image is looked at, with the same plan,
// scope, allowance and deadline, and all of them together with the public-key work of one image at the
// most (ChildrenWork). Once one of them denies, the others are not looked at.

// Adds to `examination` what is found of them, as far as that makes a difference.
// An error: of the image as a whole nothing is known, as nobody waits for it any more; or the registry has
// no such manifest (NotFound). What else cannot be found out is in the examination.
absl::Status LookAtChildren(EvidenceGatherer& gatherer, SignatureJudge& judge,
                            const ImageQuestion& question, EvidenceGatherer::Freshness freshness,
                            const Looking& looking, policy::Examination& examination);

// What is remembered of one of the manifests, for the question.
using RecallChild = absl::FunctionRef<std::optional<GatheredPtr>(const oci::Digest& child)>;

// As SignatureJudge::Examine checks what is remembered of the image (null), or of one of the manifests.
using ExamineRecalled = absl::FunctionRef<absl::StatusOr<policy::Examination>(
    const policy::Evidence& evidence, ChildrenWork* children)>;

// As LookAtChildren, of what is remembered alone, without any I/O: for what may only allow.
void RecallChildren(EvidenceGatherer& gatherer, const policy::Requirement& requirement,
                    RecallChild recall, ExamineRecalled examine, policy::Examination& examination);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_CHILDREN_LOOK_H_

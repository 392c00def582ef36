#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_CHECK_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_CHECK_H_

#include "absl/status/statusor.h"
#include "policy/examination.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/image_question.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/signature_judge.h"

namespace countersign::verifier {

// Gathers what there is about one manifest, an image's or one that its index lists, and checks it stage by
// stage; what holds is remembered. What may only allow (Freshness::kRemembered) is followed by a fresh
// look where it is not enough. `children`: as SignatureJudge::Examine has it. Errors are those of
// EvidenceGatherer::Gather and SignatureJudge::Examine.
absl::StatusOr<policy::Examination> GatherAndCheck(EvidenceGatherer& gatherer,
                                                   SignatureJudge& judge,
                                                   const ImageQuestion& question,
                                                   EvidenceGatherer::Freshness freshness,
                                                   const Looking& looking, ChildrenWork* children);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_IMAGE_CHECK_H_

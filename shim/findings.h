#ifndef COUNTERSIGN_SHIM_FINDINGS_H_
#define COUNTERSIGN_SHIM_FINDINGS_H_

#include <string>
#include <vector>

#include "kube/admission/admission_review.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/image_marks.h"
#include "shim/patch.h"
#include "shim/question.h"

namespace countersign::shim {

// What was found about an object that is admitted.
struct Findings {
  // About the images that were asked about, by the text that they have afterwards.
  ImageMarks asked = {};
  // The references of those that were not, since the stored object has them.
  std::vector<std::string> unchanged = {};
  // The images that are pinned.
  std::vector<ChangedText> changes = {};
};

// All that `question` is about may run by `verdicts` (AllMayRun).
Findings FindingsOf(const Question& question, const v1::VerifyImagesResponse& verdicts);

// Where no verifier could be asked.
Findings FindingsUnasked(const Question& question);

// Whether images were verified that could not be pinned: a verifier of an earlier version names no
// text to pin to.
bool LacksPins(const Question& question, const v1::VerifyImagesResponse& verdicts);

// For the audit log: which images are verified by what was found before, as their registry cannot be reached,
// each once, and how many seconds ago ("registry.example.org/app@sha256:… (1380 s)"), comma-separated; of
// many the first, and how many more there are. "": none is.
std::string DescribeStaleEvidence(const Question& question,
                                  const v1::VerifyImagesResponse& verdicts);

// The marks of the audit log, which tell what was done now and repeat nothing that an object says.
ImageMarks MarksForAudit(const Findings& findings);

// The JSON Patch for the object of `request`: its images and its marks, where unchanged images keep
// what the stored object says of them. As JSON; "" if there is nothing to do.
std::string PatchOf(const kube::AdmissionRequest& request, const Findings& findings);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_FINDINGS_H_

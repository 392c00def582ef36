#ifndef COUNTERSIGN_SHIM_POLICY_FAILURES_H_
#define COUNTERSIGN_SHIM_POLICY_FAILURES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "proto/countersign/v1/verifier.pb.h"
#include "shim/question.h"

// What policies of policy.sigstore.dev found wanting, in the words and the form in which the Policy
// Controller says it (sigstore/policy-controller, whose errors are those of knative.dev/pkg/apis). Pure.
// `response` answers `question` (shim/verifier_answer.h).
namespace countersign::shim {

// Whether policies of policy.sigstore.dev deny the image.
bool IsDeniedByPolicies(const v1::Verdict& verdict);

// What denies, each finding once, in the order of the images in the object and of the policies of each:
//
//   SUMMARY: PATH, PATH\nDETAILS
//
// with every place that it is about: "spec.containers[0].image", "spec.template.spec.volumes[1].image",
// sorted as texts. Places beyond kMaxPathsBytes are counted.
std::vector<std::string> WriteDenyingFailures(const Question& question,
                                              const v1::VerifyImagesResponse& response);
inline constexpr size_t kMaxPathsBytes = 2 << 10;

// What only warns, in the same form, but for one warning a line. Findings beyond kMaxWarningFailures are
// counted in the last.
std::vector<std::string> WriteWarningFailures(const Question& question,
                                              const v1::VerifyImagesResponse& response);
inline constexpr size_t kMaxWarningFailures = 20;

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_POLICY_FAILURES_H_

#ifndef COUNTERSIGN_SHIM_DENIAL_H_
#define COUNTERSIGN_SHIM_DENIAL_H_

#include <cstddef>
#include <string>

#include "proto/countersign/v1/verifier.pb.h"
#include "shim/question.h"

namespace countersign::shim {

inline constexpr size_t kMaxDenialBytes = 8 << 10;

// The message of a denial. For each distinct sentence of the verdicts on what may not run (MayRun), a
// line with the sentence, word for word, and then the places in the object that it is about.
//
// Where policies of policy.sigstore.dev deny, first what the Policy Controller would say, in its form
// (shim/policy_failures.h): "validation failed: " and its findings, each from a new line; then the lines
// of these images. The lines of others, and of those that the Sign policy denies as well, whose sentence
// is its own, come before all that.
//
// `response` answers `question` (shim/verifier_answer.h). Lines beyond kMaxDenialBytes are left out and
// counted, but the first is always there, and so is the first finding. Empty if all may run.
std::string WriteDenial(const Question& question, const v1::VerifyImagesResponse& response);

// For the log: the references that may not run, each once; and all that were asked about. What is
// beyond kMaxListBytes is counted.
inline constexpr size_t kMaxListBytes = 4 << 10;
std::string ListRefused(const Question& question, const v1::VerifyImagesResponse& response);
std::string ListImages(const Question& question);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_DENIAL_H_

#ifndef COUNTERSIGN_SHIM_DENIAL_H_
#define COUNTERSIGN_SHIM_DENIAL_H_

#include <cstddef>
#include <string>

#include "proto/countersign/v1/verifier.pb.h"
#include "shim/question.h"

namespace countersign::shim {

inline constexpr size_t kMaxDenialBytes = 8 << 10;

// The message of a denial: for each distinct sentence of the verdicts that do not allow, a line
// with the sentence, word for word, and then the places in the object that it is about. `response`
// answers `question` (shim/verifier_answer.h). Lines beyond kMaxDenialBytes are left out and counted, but the
// first is always there. Empty if all are allowed.
std::string WriteDenial(const Question& question, const v1::VerifyImagesResponse& response);

// For the log: the references that are not allowed, each once; and all that were asked about. What is
// beyond kMaxListBytes is counted.
inline constexpr size_t kMaxListBytes = 4 << 10;
std::string ListRefused(const Question& question, const v1::VerifyImagesResponse& response);
std::string ListImages(const Question& question);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_DENIAL_H_

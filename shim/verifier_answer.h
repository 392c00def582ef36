#ifndef COUNTERSIGN_SHIM_VERIFIER_ANSWER_H_
#define COUNTERSIGN_SHIM_VERIFIER_ANSWER_H_

#include <string>

#include "absl/status/status.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "shim/question.h"

// What a verifier's answer to a question says. Pure.
namespace countersign::shim {

// Internal, saying why, unless `response` answers every image of `request`, in its order, with an
// unmistakable decision: one of the two, and a reason that goes with it. A pinned reference, which
// verifiers of earlier versions do not give, is the reference with the digest.
absl::Status CheckAnswer(const v1::VerifyImagesRequest& request,
                         const v1::VerifyImagesResponse& response);

// The verdict that counts for a use. `response` answers the question (CheckAnswer), here and below.
const v1::Verdict& VerdictOn(const AskedUse& use, const v1::VerifyImagesResponse& response);

// What the use's text must be afterwards, given the verdict that counts for it.
std::string TextAfter(const AskedUse& use, const v1::Verdict& verdict);

// Whether a policy wants the use's text to have a digest (`pinning: required`), and it would not: it is
// allowed, new in a Pod, and cannot be pinned, or is not to be.
bool LacksRequiredPin(const Question& question, const AskedUse& use, const v1::Verdict& verdict);

// Whether what the use names may run, by the verdict that counts for it.
bool MayRun(const Question& question, const AskedUse& use, const v1::Verdict& verdict);

// Whether all that `question` is about may run, by the verdict that counts for each use.
bool AllMayRun(const Question& question, const v1::VerifyImagesResponse& response);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_ANSWER_H_

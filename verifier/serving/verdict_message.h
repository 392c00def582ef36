#ifndef COUNTERSIGN_VERIFIER_SERVING_VERDICT_MESSAGE_H_
#define COUNTERSIGN_VERIFIER_SERVING_VERDICT_MESSAGE_H_

#include "policy/verdict.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::verifier {

// The verdict as the verify API says it. What the image is called in the question, and how it is
// pinned, is added by who knows it.
v1::Verdict ToProto(const policy::Verdict& verdict);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_VERDICT_MESSAGE_H_

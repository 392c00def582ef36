#ifndef COUNTERSIGN_SHIM_DENIAL_H_
#define COUNTERSIGN_SHIM_DENIAL_H_

#include <string>

#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::shim {

// Whether every image may run.
bool AllAllowed(const v1::VerifyImagesResponse& response);

// The message of a denial: for each distinct sentence of the verdicts that do not allow, a line
// with the sentence, word for word, and then the containers that it is about. Bounded; what is left
// out is counted. Empty if all are allowed.
std::string WriteDenial(const v1::VerifyImagesResponse& response);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_DENIAL_H_

#ifndef COUNTERSIGN_VERIFIER_SERVING_EVIDENCE_MESSAGE_H_
#define COUNTERSIGN_VERIFIER_SERVING_EVIDENCE_MESSAGE_H_

#include "cosign/form.h"
#include "policy/held.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::verifier {

// What a verdict says of evidence that holds, in the contract's message, which is empty before. Pure.
void WriteEvidence(const policy::Held& held, v1::Evidence& message);

// The contract's word for the form. Pure.
v1::EvidenceForm ToProto(cosign::Form form);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_EVIDENCE_MESSAGE_H_

#ifndef COUNTERSIGN_CLI_EVIDENCE_JSON_H_
#define COUNTERSIGN_CLI_EVIDENCE_JSON_H_

#include "base/json.h"
#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::cli {

// What a verdict says of evidence that holds, as an object:
//
//   {"authority", "form": "BUNDLE", "keySha256" or "identity": {"issuer", "subject", "extensions": {}},
//    "times": ["2026-01-02T03:04:05Z"], "logIndexes": [7], "predicateType"}
//
// with the meanings of proto/countersign/v1/verifier.proto (its enum names without their prefixes).
// Members that are empty are left out. Pure.
base::Json WriteEvidence(const v1::Evidence& evidence);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_EVIDENCE_JSON_H_

#ifndef COUNTERSIGN_CLI_VERDICT_REPORT_H_
#define COUNTERSIGN_CLI_VERDICT_REPORT_H_

#include <string>

#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::cli {

// Whether every image of the response may run, and it says so of as many as were asked about.
bool AllAllowed(const v1::VerifyImagesRequest& request, const v1::VerifyImagesResponse& response);

// For a person: a line an image, "allowed  IMAGE  why" or "denied   IMAGE  why", then warnings.
// Ends with a newline. Control characters in what others wrote are shown as escapes.
std::string WriteText(const v1::VerifyImagesResponse& response);

// For a machine: one line of JSON,
//   {"allowed": bool, "images": [{"reference", "decision": "allow" | "deny", "reason":
//   "NOT_SIGNED", "message", "digest", "patterns": [], "keys": []}], "warnings": []}
// with the names and meanings of proto/countersign/v1/verifier.proto (its enum names without their
// prefixes). Ends with a newline.
std::string WriteJson(const v1::VerifyImagesRequest& request,
                      const v1::VerifyImagesResponse& response);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_VERDICT_REPORT_H_

#ifndef COUNTERSIGN_CLI_VERDICT_REPORT_H_
#define COUNTERSIGN_CLI_VERDICT_REPORT_H_

#include <string>

#include "proto/countersign/v1/verifier.pb.h"

namespace countersign::cli {

// What an answer comes to. The zero value allows nothing.
enum class Outcome { kUndecided, kDenied, kAllowed };

// What is taken for an answer.
struct ReportOptions {
  // Where there is no policy, so that nothing is asked of any image, that is an answer: allowed.
  // Otherwise it is taken for a mistake, and for no answer.
  bool allow_without_policy = false;
  // Whether somebody has written the patterns of the verdicts, so that lines say which; otherwise all is
  // asked of every image.
  bool has_patterns = true;
};

// kDenied if an image is denied; else kUndecided if it was not found out whether one may run, or
// there is no verdict about one; else kAllowed.
Outcome OutcomeOf(const v1::VerifyImagesRequest& request, const v1::VerifyImagesResponse& response,
                  const ReportOptions& options);

// For a person: a line an image, "allowed    IMAGE  why", "denied     IMAGE  why" or "undecided
// IMAGE  why", below it a line for each thing that policies of policy.sigstore.dev found wanting, "policy
// WHAT: DETAILS", or "warning    WHAT: DETAILS" where it only warns; then the warnings, "warning    TEXT", but for those that an image's line says. Ends
// with a newline. Control characters in what others wrote are shown as escapes.
std::string WriteText(const v1::VerifyImagesResponse& response, const ReportOptions& options);

// For a machine: one line of JSON in ASCII,
//
//   {"allowed": bool,
//    "images": [{"reference", "decision": "allow" | "deny" | "undecided", "reason": "NOT_SIGNED",
//                "message", "digest", "patterns": [], "keys": [], "evidence": []}],
//    "warnings": []}
//
// with the names and meanings of proto/countersign/v1/verifier.proto (its enum names without their
// prefixes), but that a denial for want of an answer is "undecided". "evidence" is only there where
// there is any (cli/evidence_json.h), and so are "policyFailures" ([{"summary", "details",
// "isWarning"}]) and "pinningRequired". Ends with a newline.
std::string WriteJson(const v1::VerifyImagesRequest& request,
                      const v1::VerifyImagesResponse& response, const ReportOptions& options);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_VERDICT_REPORT_H_

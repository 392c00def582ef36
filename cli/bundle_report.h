#ifndef COUNTERSIGN_CLI_BUNDLE_REPORT_H_
#define COUNTERSIGN_CLI_BUNDLE_REPORT_H_

#include <string>
#include <string_view>
#include <variant>

#include "cosign/proof.h"
#include "cosign/refusal.h"

namespace countersign::cli {

// For a person: what came of looking for a signature of `file`. What held is
//
//   verified   FILE  signed by NAME, as ISSUER says        (or: signed by the key)
//     at 2026-01-02T03:04:05Z
//     logged as entry 7
//     states https://slsa.dev/provenance/v1
//
// with a line for each time and entry, and the last if it is a statement; and what did not,
// "denied     FILE  why". Ends with a newline. Control characters in what others wrote are shown as
// escapes.
std::string WriteText(std::string_view file,
                      const std::variant<cosign::Refusal, cosign::Proof>& result);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_BUNDLE_REPORT_H_

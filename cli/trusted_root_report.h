#ifndef COUNTERSIGN_CLI_TRUSTED_ROOT_REPORT_H_
#define COUNTERSIGN_CLI_TRUSTED_ROOT_REPORT_H_

#include <string>

#include "cosign/trusted_root.h"

namespace countersign::cli {

// For a person: a line each,
//
//   log          URL  ECDSA P-256  id BASE64  from TIME until TIME
//   ct-log       the same of a log of certificates
//   authority    URI  SUBJECT < SUBJECT  from TIME until TIME
//   timestamps   the same of a timestamp authority
//   warning      TEXT
//
// with an operator where one is named, and each end of a window where it has one. Ends with a
// newline. Control characters in what others wrote are shown as escapes.
std::string WriteText(const cosign::TrustedRoot& root);

// For a machine: one line of JSON in ASCII,
//
//   {"logs": [{"url", "operator", "key", "fingerprint", "id", "from", "until"}],
//    "certificate_logs": the same,
//    "certificate_authorities": [{"uri", "operator", "subjects": [], "from", "until"}],
//    "timestamp_authorities": the same,
//    "warnings": []}
//
// where a time is RFC 3339, or null; an id base64; and the subject that is nearest to what it signs
// comes first. Ends with a newline.
std::string WriteJson(const cosign::TrustedRoot& root);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TRUSTED_ROOT_REPORT_H_

#ifndef COUNTERSIGN_CLI_EXPLANATION_JSON_H_
#define COUNTERSIGN_CLI_EXPLANATION_JSON_H_

#include <string>

#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/explanation.h"

namespace countersign::cli {

// For a machine: one line of JSON in ASCII,
//
//   {"image", "namespace",
//    "prospect": "denied" | "evidence" | "allowed" | "unasked", "reasons": [text],
//    "notes": [text], "requiresPinning",
//    "clauses": [{"language", "mode": "enforce" | "warn", "standing": "impossible" | "open" | "satisfied",
//                 "anyOf": [{"policy", "matches": [{"text", "name", "covers", "onlyByClaimedTag"}], "covers",
//                            "onlyByClaimedTag", "threshold", "broken",
//                            "authorities": [{"name", "wants", "broken"}]}]}],
//    "noMatch": "deny" | "warn" | "allow" | null,
//    "places": [[{"repository", "what", "tag"}]],
//    "silent": [{"language", "policy", "matches", "why"}],
//    "near": [{"language", "policy", "text", "why", "wouldMatch"}], "areMoreNear",
//    "names": [text]}
//
// where `places` is a list for each stage of the look. Ends with a newline.
std::string WriteJson(const policy::Explanation& explanation, const policy::Workload& workload,
                      const oci::ImageReference& image);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_EXPLANATION_JSON_H_

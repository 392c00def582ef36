#ifndef COUNTERSIGN_POLICY_EVIDENCE_ADVICE_H_
#define COUNTERSIGN_POLICY_EVIDENCE_ADVICE_H_

#include <string_view>

#include "absl/status/status.h"

namespace countersign::policy {

// What a person can do about evidence that could not be had, for this reason: a sentence. Pure.
std::string_view AdviceAbout(absl::StatusCode code);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_EVIDENCE_ADVICE_H_

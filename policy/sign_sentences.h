#ifndef COUNTERSIGN_POLICY_SIGN_SENTENCES_H_
#define COUNTERSIGN_POLICY_SIGN_SENTENCES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "policy/demand.h"
#include "policy/examination.h"
#include "policy/requirement.h"

namespace countersign::policy {

// The sentences about images where the Sign policy (policy/sign_policy.h) asks, or would: the only
// place where they are written. Each is printable, and starts with the exact sentence of the
// product, which callers may look for (policy/verdict.h): then comes what was found, then what to
// do. `image` is the reference as the workload has it, any bytes; of it, and of others' words, no
// more is quoted than a reader needs. Pure.

std::string SayNoPolicy();
std::string SayExcluded(std::string_view workload_namespace);
std::string SayUnmatchedAllowed(std::string_view image);
std::string SayUnmatched(std::string_view image);

// What the policy asks for can never hold, as the parts of it that it takes are broken.
std::string SayImpossible(const Requirement& requirement, const Demand& demand,
                          std::string_view image);

// There is no evidence: the registry has no such image, or it could not be read.
std::string SayNotFound(std::string_view image, const absl::Status& why);
std::string SayNotRead(const Demand& demand, std::string_view image, const absl::Status& why);

// None of the signatures holds: all were looked at, or not.
std::string SayNotSigned(const Requirement& requirement, const Demand& demand,
                         std::string_view image, const Examination& examination);
std::string SayUnfinished(const Demand& demand, std::string_view image,
                          const Examination& examination);

std::string SayUnparsable(std::string_view image, const absl::Status& why);
std::string SayNoPolicyRead(std::string_view image, const absl::Status& why);
std::string SayNotPinned(std::string_view image);
std::string SayShortName(std::string_view image);

// What cannot be used of the policies that might have let an image pass, as printable phrases
// without duplicates: keys of those that match ("key \"release\": …") or, if none does, the patterns
// that cannot be read ("pattern /spec/verification/images/0/namePattern: …").
std::vector<std::string> NameBroken(const Requirement& requirement, const Demand& demand);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGN_SENTENCES_H_

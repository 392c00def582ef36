#ifndef COUNTERSIGN_POLICY_RULES_ANNOTATIONS_H_
#define COUNTERSIGN_POLICY_RULES_ANNOTATIONS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace countersign::policy {

// Text by name.
using Annotations = std::map<std::string, std::string, std::less<>>;

// Why a signature does not carry what is wanted, exactly and all of it; others do not matter. A
// sentence, printable and short: "its signed annotation "git-branch" is "dev", and must be "main"".
// Nullopt: it does. `signed_ones` are those that the signature is over, not the ones beside it.
std::optional<std::string> WhyNotAnnotated(const Annotations& wanted,
                                           const Annotations& signed_ones);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_ANNOTATIONS_H_

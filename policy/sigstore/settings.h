#ifndef COUNTERSIGN_POLICY_SIGSTORE_SETTINGS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_SETTINGS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "policy/no_match_rule.h"
#include "policy/problem.h"

namespace countersign::policy {

// The ConfigMap config-policy-controller, in the namespace of the installation; as it is without one.
struct ControllerSettings {
  NoMatchRule no_match = NoMatchRule::kDeny;  // "no-match-policy"
  // The word, where it is none of deny, warn and allow, which denies; "": there is none such.
  std::string unknown_no_match;
  bool fails_on_empty_authorities = true;  // "fail-on-empty-authorities"
  bool enables_oci11 = false;              // "enable-oci11"
};

// Of the ConfigMap's object. Other keys, `_example` among them, mean nothing. InvalidArgument "<JSON
// pointer>: <reason>", printable, if a boolean is none of Go's (1 t T TRUE true True 0 f F FALSE false
// False), or a value no string: nothing of such a map takes effect. Pure.
absl::StatusOr<ControllerSettings> ReadControllerSettings(const base::Json& config_map);

// What is odd about them and refuses nothing: the word that is unknown; nullopt: nothing is. Pure.
std::optional<Problem> NoMatchProblem(const ControllerSettings& settings);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_SETTINGS_H_

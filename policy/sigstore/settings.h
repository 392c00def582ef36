#ifndef COUNTERSIGN_POLICY_SIGSTORE_SETTINGS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_SETTINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::policy {

// What becomes of an image that no ClusterImagePolicy of policy.sigstore.dev selects.
enum class NoMatch {
  kDeny = 0,
  kWarn,
  kAllow,
};

// The ConfigMap config-policy-controller, in the namespace of the installation; as it is without one.
struct ControllerSettings {
  NoMatch no_match = NoMatch::kDeny;  // "no-match-policy"
  // The word, where it is none of deny, warn and allow, which denies; "": there is none such.
  std::string unknown_no_match;
  bool fails_on_empty_authorities = true;  // "fail-on-empty-authorities"
  bool enables_oci11 = false;              // "enable-oci11"
};

// Of the ConfigMap's object. Other keys, `_example` among them, mean nothing. InvalidArgument "<JSON
// pointer>: <reason>", printable, if a boolean is none of Go's (1 t T TRUE true True 0 f F FALSE false
// False), or a value no string: nothing of such a map takes effect. Pure.
absl::StatusOr<ControllerSettings> ReadControllerSettings(const base::Json& config_map);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_SETTINGS_H_

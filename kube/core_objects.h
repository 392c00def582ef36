#ifndef COUNTERSIGN_KUBE_CORE_OBJECTS_H_
#define COUNTERSIGN_KUBE_CORE_OBJECTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/json_place.h"
#include "kube/secret_reader.h"

namespace countersign::kube {

// Reads a core/v1 Secret: `type`, `data` (base64, RFC 4648 section 4 with padding; line breaks are
// passed over, as the API server does) and `stringData`, whose values replace those of `data`.
// InvalidArgument names the member by its JSON pointer, and never quotes a value.
absl::StatusOr<Secret> ReadSecret(const base::Json& object);

// The names in the imagePullSecrets of what has them, a ServiceAccount or the spec of a pod: in their
// order, without empty ones. InvalidArgument names the member.
absl::StatusOr<std::vector<std::string>> ReadPullSecretNames(const base::JsonPlace& holder);

// Reads the imagePullSecrets of a core/v1 ServiceAccount. InvalidArgument names the member.
absl::StatusOr<ServiceAccount> ReadServiceAccount(const base::Json& object);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CORE_OBJECTS_H_

#ifndef COUNTERSIGN_CLI_WORKLOAD_KIND_H_
#define COUNTERSIGN_CLI_WORKLOAD_KIND_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "policy/object_match.h"

namespace countersign::cli {

// What --kind says: a kind of Kubernetes itself that makes Pods, by its name or plural in any case
// ("Deployment", "cronjobs"), or "KIND.GROUP/VERSION" ("Rollout.argoproj.io/v1alpha1"), whose plural is
// guessed (kube/admission/plural.h). Without labels. InvalidArgument, naming the flag, if it is neither. Pure.
absl::StatusOr<policy::ObjectDescription> ReadWorkloadKind(std::string_view text);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_WORKLOAD_KIND_H_

#ifndef COUNTERSIGN_POLICY_REGISTRY_AWAY_H_
#define COUNTERSIGN_POLICY_REGISTRY_AWAY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace countersign::policy {

// Marks the error that says why there is no evidence, or not all: no connection to the registry came about,
// or it is silent, since that moment. Its words say so too. An error that is marked already stays as it is.
absl::Status RegistryAway(const absl::Status& why, absl::Time since);
bool IsRegistryAway(const absl::Status& why);

// To whoever sent an image that is verified by evidence of that age, as its registry is away. `image` is
// the reference as the workload has it, any bytes. Printable.
std::string SayAged(std::string_view image, absl::Duration age);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_REGISTRY_AWAY_H_

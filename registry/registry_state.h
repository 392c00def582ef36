#ifndef COUNTERSIGN_REGISTRY_REGISTRY_STATE_H_
#define COUNTERSIGN_REGISTRY_REGISTRY_STATE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace countersign::registry {

// What came of asking a registry, for people.
struct RegistryState {
  std::string host;  // or `other`
  uint64_t requests = 0;
  uint64_t failures = 0;
  size_t in_progress = 0;
  absl::Time last = absl::InfinitePast();  // when the last one ended
  // Of that: OK, too, where the registry said that there is no such thing.
  absl::StatusCode last_code = absl::StatusCode::kOk;
  absl::Duration last_took;
  absl::Time last_success = absl::InfinitePast();
  absl::Time last_failure = absl::InfinitePast();
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REGISTRY_STATE_H_

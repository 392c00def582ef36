#ifndef COUNTERSIGN_BASE_UTC_SECONDS_H_
#define COUNTERSIGN_BASE_UTC_SECONDS_H_

#include <string>

#include "absl/time/time.h"

namespace countersign::base {

// A moment to the second, as people are told it and Kubernetes writes it (RFC 3339, in UTC):
// "2026-01-02T03:04:05Z". Pure.
inline std::string WriteUtcSeconds(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_UTC_SECONDS_H_

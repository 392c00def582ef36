#ifndef COUNTERSIGN_BASE_TRANSIENT_H_
#define COUNTERSIGN_BASE_TRANSIENT_H_

#include "absl/status/status.h"

namespace countersign::base {

// Whether a failure says nothing lasting about the thing asked for, so that it is neither
// remembered nor shared: Unavailable, DeadlineExceeded, ResourceExhausted, Cancelled, Aborted.
bool IsTransient(const absl::Status& status);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_TRANSIENT_H_

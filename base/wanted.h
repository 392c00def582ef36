#ifndef COUNTERSIGN_BASE_WANTED_H_
#define COUNTERSIGN_BASE_WANTED_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace countersign::base {

// How often those who wait for something on behalf of others ask whether that is wanted still, where
// nothing tells them.
inline constexpr absl::Duration kAskIfWanted = absl::Milliseconds(100);

// Why what is not wanted any more was given up.
inline absl::Status NobodyWaits() { return absl::CancelledError("nobody waits for it any more"); }

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_WANTED_H_

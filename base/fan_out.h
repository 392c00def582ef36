#ifndef COUNTERSIGN_BASE_FAN_OUT_H_
#define COUNTERSIGN_BASE_FAN_OUT_H_

#include <cstddef>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "base/share.h"
#include "base/worker_pool.h"

namespace countersign::base {

// Calls `work(0)` to `work(count - 1)`, at most `at_once` of them at the same time, and returns when
// all have ended: on the caller's own thread, and on as many others of the pool as come in time. So
// it never waits for a thread, and may be called from a task of the same pool. `work` must not throw.
void FanOut(WorkerPool* pool, std::string_view lane, const Share& share, size_t count,
            size_t at_once, absl::FunctionRef<void(size_t)> work);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_FAN_OUT_H_

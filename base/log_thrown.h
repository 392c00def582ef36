#ifndef COUNTERSIGN_BASE_LOG_THROWN_H_
#define COUNTERSIGN_BASE_LOG_THROWN_H_

#include <string_view>

#include "absl/functional/function_ref.h"

namespace countersign::base {

// Takes a step that nobody else's work is to suffer from, such as a handler's. What it throws is a fault of ours:
// then that is logged as an error, as `message` says. Returns whether it threw nothing. Thread-safe.
bool LogThrown(std::string_view logger, std::string_view message, absl::FunctionRef<void()> step);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_LOG_THROWN_H_

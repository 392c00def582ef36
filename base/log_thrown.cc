#include "base/log_thrown.h"

#include <exception>

#include "base/log.h"

namespace countersign::base {

bool LogThrown(std::string_view logger, std::string_view message, absl::FunctionRef<void()> step) {
  try {
    step();
    return true;
  } catch (const std::exception& exception) {
    LogError(logger, message, {{"error", exception.what()}});
  } catch (...) {
    LogError(logger, message);
  }
  return false;
}

}  // namespace countersign::base

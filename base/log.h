#ifndef COUNTERSIGN_BASE_LOG_H_
#define COUNTERSIGN_BASE_LOG_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace countersign::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One line of the log: a JSON object with `level` ("debug", "info", "warn", "error"), `ts` (RFC
// 3339, UTC, milliseconds), `logger`, `msg` and then the given fields in order, such as
// {"object", "default/web"}, {"error", "…"}, {"image", "…"}. Bytes that are not UTF-8 are replaced.
// A message or value longer than 8 KiB is cut there and "…" follows. Thread-safe; a line is written
// with one write(2) to standard error, so that lines of several threads do not mix.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

void Log(LogLevel level, std::string_view logger, std::string_view message,
         const LogFields& fields = {});

inline void LogInfo(std::string_view logger, std::string_view message,
                    const LogFields& fields = {}) {
  Log(LogLevel::kInfo, logger, message, fields);
}
inline void LogWarning(std::string_view logger, std::string_view message,
                       const LogFields& fields = {}) {
  Log(LogLevel::kWarning, logger, message, fields);
}
inline void LogError(std::string_view logger, std::string_view message,
                     const LogFields& fields = {}) {
  Log(LogLevel::kError, logger, message, fields);
}

// Lines below `level` are dropped. The default is kInfo.
void SetMinimumLogLevel(LogLevel level);

// The line as Log would write it, with its newline. Pure.
std::string FormatLogLine(LogLevel level, absl::Time time, std::string_view logger,
                          std::string_view message, const LogFields& fields);

// For tests and commands: while one of these lives, lines go to `sink` instead of standard error;
// of several, to the youngest. Calls of a sink come one at a time, and none after the destructor
// has returned. A sink must not log.
class ScopedLogSink {
 public:
  using Sink = std::function<void(std::string_view line)>;

  explicit ScopedLogSink(Sink sink);
  ~ScopedLogSink();
  ScopedLogSink(const ScopedLogSink&) = delete;
  ScopedLogSink& operator=(const ScopedLogSink&) = delete;

 private:
  const Sink sink_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_LOG_H_

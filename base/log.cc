#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "nlohmann/json.hpp"

namespace countersign::base {
namespace {

constexpr size_t kMaxValueBytes = 8 << 10;

std::atomic<LogLevel> minimum_level = LogLevel::kInfo;

absl::Mutex sinks_mutex(absl::kConstInit);
// Oldest first. A pointer, so that lines can still be written while the process ends.
std::vector<const ScopedLogSink::Sink*>* sinks ABSL_GUARDED_BY(sinks_mutex) = nullptr;

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warn";
    case LogLevel::kError:
      break;
  }
  return "error";
}

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// At most kMaxValueBytes of the text, not cut within a character.
std::string Shortened(std::string_view text) {
  if (text.size() <= kMaxValueBytes) return std::string(text);
  size_t end = kMaxValueBytes;
  constexpr size_t kMaxContinuationBytes = 3;
  for (size_t i = 0; i < kMaxContinuationBytes && IsContinuationByte(text[end]); ++i) --end;
  return absl::StrCat(text.substr(0, end), "…");
}

// JSON in well-formed UTF-8, with control codes as JSON's own escapes. Those have at most four digits.
std::string WithEscapes(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  while (!json.empty()) {
    const std::string_view character = json.substr(0, Utf8CharacterBytes(json));
    const uint32_t code = CodePointOf(character);
    if (IsControlCode(code)) {
      absl::StrAppend(&escaped, "\\u", absl::Hex(code, absl::kZeroPad4));
    } else {
      escaped += character;
    }
    json.remove_prefix(character.size());
  }
  return escaped;
}

std::string Quote(std::string_view text) {
  return WithEscapes(nlohmann::json(Shortened(text))
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// Hands the line to the youngest sink, if there is one.
bool GiveToSink(std::string_view line) {
  absl::MutexLock lock(&sinks_mutex);
  if (sinks == nullptr || sinks->empty()) return false;
  (*sinks->back())(line);
  return true;
}

void WriteToStandardError(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    // A log that cannot be written must not stop what it speaks of.
    if (written < 0) return;
    // Short only when a pipe is full or the disk is.
    line.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

void Log(LogLevel level, std::string_view logger, std::string_view message,
         const LogFields& fields) {
  if (level < minimum_level.load(std::memory_order_relaxed)) return;
  const std::string line = FormatLogLine(level, Clock::Real().Now(), logger, message, fields);
  if (!GiveToSink(line)) WriteToStandardError(line);
}

void SetMinimumLogLevel(LogLevel level) { minimum_level.store(level, std::memory_order_relaxed); }

std::string FormatLogLine(LogLevel level, absl::Time time, std::string_view logger,
                          std::string_view message, const LogFields& fields) {
  std::string line = absl::StrCat(
      "{\"level\":", Quote(NameOf(level)),
      ",\"ts\":", Quote(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone())),
      ",\"logger\":", Quote(logger), ",\"msg\":", Quote(message));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&line, ",", Quote(name), ":", Quote(value));
  }
  line += "}\n";
  return line;
}

ScopedLogSink::ScopedLogSink(Sink sink) : sink_(std::move(sink)) {
  absl::MutexLock lock(&sinks_mutex);
  if (sinks == nullptr) sinks = new std::vector<const Sink*>;
  sinks->push_back(&sink_);
}

ScopedLogSink::~ScopedLogSink() {
  absl::MutexLock lock(&sinks_mutex);
  std::erase(*sinks, &sink_);
}

}  // namespace countersign::base

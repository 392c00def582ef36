#ifndef COUNTERSIGN_KUBE_CLIENT_WATCH_EVENTS_H_
#define COUNTERSIGN_KUBE_CLIENT_WATCH_EVENTS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"

namespace countersign::kube {

// How much JSON an API server may send at once: one object is at most some 1.5 MiB, and there is
// room for a few.
inline constexpr base::JsonLimits kApiJsonLimits = {
    .max_bytes = 16 << 20, .max_depth = 64, .max_values = 1 << 20};

// Cuts what comes of a watch into lines. Not thread-safe.
class LineSplitter {
 public:
  // ResourceExhausted, and nothing is kept, if there is a line longer than kApiJsonLimits.
  absl::Status Add(std::string_view bytes);

  // The next whole line, without its end; empty ones are left out.
  std::optional<std::string> Next();

 private:
  std::string bytes_;
  size_t start_ = 0;   // of the next line
  size_t looked_ = 0;  // up to here there is no line's end
};

// One event of a watch (meta/v1 WatchEvent).
struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError };

  Type type = Type::kError;
  base::Json object;  // of kError, a metav1.Status
};

// InvalidArgument says what is wrong with it.
absl::StatusOr<WatchEvent> ParseWatchEvent(std::string_view line);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_WATCH_EVENTS_H_

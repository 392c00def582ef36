#ifndef COUNTERSIGN_BASE_LARGE_TEXT_TURN_H_
#define COUNTERSIGN_BASE_LARGE_TEXT_TURN_H_

#include <cstddef>

#include "absl/synchronization/mutex.h"

namespace countersign::base {

// Held while a long text from outside is parsed, so that the process parses one at a time: what a
// parser builds can take many times the text's bytes, and those alone are counted (byte_budget.h).
// For short texts it does nothing.
//
//   const LargeTextTurn turn(text.size());
//   ... parse, take what is needed of it, and let the rest go ...
//
// Between taking a turn and its end nothing waits for others: it lasts as long as the parsing of one
// text, some milliseconds. A thread has one turn at most.
class LargeTextTurn {
 public:
  // Longer texts are large.
  static constexpr size_t kLargestSmall = 64 << 10;

  explicit LargeTextTurn(size_t text_bytes)
      : lock_(text_bytes > kLargestSmall ? &mutex_ : nullptr) {}
  LargeTextTurn(const LargeTextTurn&) = delete;
  LargeTextTurn& operator=(const LargeTextTurn&) = delete;

 private:
  inline static absl::Mutex mutex_{absl::kConstInit};
  const absl::MutexLockMaybe lock_;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_LARGE_TEXT_TURN_H_

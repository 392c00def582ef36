#ifndef COUNTERSIGN_BASE_LARGE_TEXT_TURN_H_
#define COUNTERSIGN_BASE_LARGE_TEXT_TURN_H_

#include <cstddef>

#include "absl/synchronization/mutex.h"

namespace countersign::base {

// Whoever parses a long text that somebody else wrote waits for his turn: what a parser builds can
// take many times the text's bytes, which alone are counted (byte_budget.h), so that only one such
// text of the process is in that state at a time. Short texts do not wait, nor are waited for.
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

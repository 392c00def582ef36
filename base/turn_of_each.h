#ifndef COUNTERSIGN_BASE_TURN_OF_EACH_H_
#define COUNTERSIGN_BASE_TURN_OF_EACH_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace countersign::base {

// Lets each owner do something so many times at once, and any number of owners.
//
// Thread-safe. Must outlive the turns.
class TurnOfEach {
 public:
  // One of its owner's, as long as this lives. Not thread-safe by itself.
  class Turn {
   public:
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), owner_(std::move(other.owner_)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(turns_, other.turns_);
      std::swap(owner_, other.owner_);
      return *this;
    }
    ~Turn() {
      if (turns_ != nullptr) turns_->End(owner_);
    }

   private:
    friend class TurnOfEach;
    Turn(TurnOfEach* turns, std::string_view owner) : turns_(turns), owner_(owner) {}

    TurnOfEach* turns_;
    std::string owner_;
  };

  explicit TurnOfEach(size_t at_once) : at_once_(at_once) {}
  TurnOfEach(const TurnOfEach&) = delete;
  TurnOfEach& operator=(const TurnOfEach&) = delete;

  // Nullopt: the owner has none left.
  std::optional<Turn> TryTake(std::string_view owner) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until the owner has a turn left; nullopt if that is not so by `deadline`, or when `is_wanted`
  // says no, which is asked now and then. Blocks. Those of one owner who wait are let in in any order.
  std::optional<Turn> Take(std::string_view owner, const std::function<bool()>& is_wanted,
                           absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool IsFree(std::string_view owner) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void End(const std::string& owner) ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t at_once_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, size_t> taken_ ABSL_GUARDED_BY(mutex_);  // by owner
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_TURN_OF_EACH_H_

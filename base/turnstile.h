#ifndef COUNTERSIGN_BASE_TURNSTILE_H_
#define COUNTERSIGN_BASE_TURNSTILE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/fair_queue.h"
#include "base/share.h"

namespace countersign::base {

// Lets only so many threads at a time into work that keeps a processor busy, in turns by caller, by
// group, and by request (base/share.h). Work that takes long leaves after a slice and enters again,
// so that short work of somebody else waits for slices only.
//
//   absl::StatusOr<Turnstile::Place> place = turnstile.Enter(share, is_wanted, deadline);
//   ... a slice of work, until `place` goes ...
//
// Thread-safe. Must outlive the places.
class Turnstile {
 public:
  using Wanted = std::function<bool()>;

  // For as long as this lives, its thread is inside.
  class Place {
   public:
    Place(Place&& other) noexcept
        : turnstile_(std::exchange(other.turnstile_, nullptr)), holder_(other.holder_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(turnstile_, other.turnstile_);
      std::swap(holder_, other.holder_);
      return *this;
    }
    ~Place() {
      if (turnstile_ != nullptr) turnstile_->Leave(holder_);
    }

   private:
    friend class Turnstile;
    Place(Turnstile* turnstile, void* holder) : turnstile_(turnstile), holder_(holder) {}

    Turnstile* turnstile_;
    void* holder_;
  };

  explicit Turnstile(size_t places);
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

  // Waits for a place. DeadlineExceeded if there is none by `deadline`; Cancelled if, when its turn
  // comes, `is_wanted` says no. That must be quick, and not call the turnstile.
  absl::StatusOr<Place> Enter(const Share& share, const Wanted& is_wanted, absl::Time deadline);

  // Threads that wait at this moment.
  size_t waiting() const;

 private:
  struct Waiter;
  using Queue = FairQueue<std::shared_ptr<Waiter>>;

  void Leave(void* holder);
  // Lets in whoever may.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Queue queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_TURNSTILE_H_

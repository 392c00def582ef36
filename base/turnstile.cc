#include "base/turnstile.h"

#include <limits>
#include <optional>

#include "absl/status/status.h"
#include "base/wanted.h"

namespace countersign::base {

// Somebody in line, guarded by the turnstile's mutex.
struct Turnstile::Waiter {
  enum class State { kWaiting, kInside, kUnwanted };

  explicit Waiter(const Wanted& wanted) : is_wanted(&wanted) {}

  const Wanted* is_wanted;  // null once nobody waits here
  State state = State::kWaiting;
  Queue::Holder* holder = nullptr;  // once inside
  absl::CondVar changed;
};

Turnstile::Turnstile(size_t places)
    : queue_({.places = places, .queue = std::numeric_limits<size_t>::max() / 2}) {}

absl::StatusOr<Turnstile::Place> Turnstile::Enter(const Share& share, const Wanted& is_wanted,
                                                  absl::Time deadline) {
  const auto waiter = std::make_shared<Waiter>(is_wanted);
  absl::MutexLock lock(&mutex_);
  queue_.Enqueue(queue_.Admit(share), waiter);
  Advance();
  while (waiter->state == Waiter::State::kWaiting) {
    if (waiter->changed.WaitWithDeadline(&mutex_, deadline) &&
        waiter->state == Waiter::State::kWaiting) {
      // It leaves the line when its turn comes.
      waiter->is_wanted = nullptr;
      return absl::DeadlineExceededError("no turn in time");
    }
  }
  if (waiter->state == Waiter::State::kUnwanted) {
    return NobodyWaits();
  }
  return Place(this, waiter->holder);
}

size_t Turnstile::waiting() const {
  absl::MutexLock lock(&mutex_);
  return queue_.waiting();
}

void Turnstile::Leave(void* holder) {
  absl::MutexLock lock(&mutex_);
  queue_.Release(static_cast<Queue::Holder*>(holder));
  Advance();
}

void Turnstile::Advance() {
  const auto is_wanted = [](const std::shared_ptr<Waiter>& waiter) {
    return waiter->is_wanted != nullptr &&
           (*waiter->is_wanted == nullptr || (*waiter->is_wanted)());
  };
  const auto drop = [](std::shared_ptr<Waiter> waiter) {
    waiter->state = Waiter::State::kUnwanted;
    waiter->changed.Signal();
  };
  while (std::optional<Queue::Turn> turn = queue_.Take(is_wanted, drop)) {
    turn->item->state = Waiter::State::kInside;
    turn->item->holder = turn->holder;
    turn->item->changed.Signal();
  }
}

}  // namespace countersign::base

#include "verifier/serving/call_backlog.h"

#include <algorithm>

namespace countersign::verifier {
namespace {

// As many clients as are kept before it is seen who is idle.
constexpr size_t kManyClients = 256;

}  // namespace

bool CallBacklog::Admit(std::string_view client) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_.Now();
  if (by_client_.size() >= kManyClients) ForgetIdle(now);
  Calls& calls = Find(client, now);
  if (!HasRoom(calls, now)) return false;
  calls.waiting += 1;
  return true;
}

CallBacklog::Turn CallBacklog::Begin(std::string_view client) {
  absl::MutexLock lock(&mutex_);
  Calls& calls = Find(client, clock_.Now());
  calls.waiting = std::max(0.0, calls.waiting - 1);
  ++calls.begun;
  return Turn(this, client);
}

bool CallBacklog::HasRoom(const Calls& calls, absl::Time now) {
  double all = 0;
  for (auto& [name, other] : by_client_) {
    Forget(now, other);
    all += other.waiting + static_cast<double>(other.begun);
  }
  const double own = calls.waiting + static_cast<double>(calls.begun);
  return own + 1 <= limits_.calls - all;
}

void CallBacklog::End(std::string_view client) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_client_.find(client);
  --found->second.begun;
  if (found->second.IsOver()) by_client_.erase(found);
}

size_t CallBacklog::clients() const {
  absl::MutexLock lock(&mutex_);
  return by_client_.size();
}

CallBacklog::Calls& CallBacklog::Find(std::string_view client, absl::Time now) {
  return by_client_.try_emplace(client, Calls{.seen = now}).first->second;
}

void CallBacklog::Forget(absl::Time now, Calls& calls) const {
  const double seconds = std::clamp(absl::ToDoubleSeconds(now - calls.seen), 0.0, 3600.0);
  calls.waiting = std::max(0.0, calls.waiting - seconds * limits_.forgotten_a_second);
  calls.seen = now;
}

void CallBacklog::ForgetIdle(absl::Time now) {
  for (auto entry = by_client_.begin(); entry != by_client_.end();) {
    Forget(now, entry->second);
    if (entry->second.IsOver()) {
      by_client_.erase(entry++);
    } else {
      ++entry;
    }
  }
}

}  // namespace countersign::verifier

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
  if (waiting_.size() >= kManyClients) ForgetIdle(now);
  Waiting& waiting = waiting_.try_emplace(client, Waiting{0, now}).first->second;
  double all = 0;
  for (auto& [name, other] : waiting_) {
    Forget(now, other);
    all += other.calls;
  }
  if (waiting.calls + 1 > limits_.waiting - all) return false;
  waiting.calls += 1;
  return true;
}

void CallBacklog::Begin(std::string_view client) {
  absl::MutexLock lock(&mutex_);
  const auto found = waiting_.find(client);
  if (found != waiting_.end()) found->second.calls = std::max(0.0, found->second.calls - 1);
}

size_t CallBacklog::clients() const {
  absl::MutexLock lock(&mutex_);
  return waiting_.size();
}

void CallBacklog::Forget(absl::Time now, Waiting& waiting) const {
  const double seconds = std::clamp(absl::ToDoubleSeconds(now - waiting.seen), 0.0, 3600.0);
  waiting.calls = std::max(0.0, waiting.calls - seconds * limits_.forgotten_a_second);
  waiting.seen = now;
}

void CallBacklog::ForgetIdle(absl::Time now) {
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    Forget(now, entry->second);
    if (entry->second.calls == 0) {
      waiting_.erase(entry++);
    } else {
      ++entry;
    }
  }
}

}  // namespace countersign::verifier

#include "registry/request_pace.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "registry/retry_after.h"

namespace countersign::registry {

RequestPace::Host& RequestPace::Find(std::string_view host) {
  const auto known = index_.find(host);
  if (known != index_.end()) {
    hosts_.splice(hosts_.begin(), hosts_, known->second);
    return hosts_.front();
  }
  if (hosts_.size() >= kMaxHosts) {
    index_.erase(hosts_.back().name);
    hosts_.pop_back();
  }
  hosts_.push_front({.name = std::string(host)});
  index_.emplace(hosts_.front().name, hosts_.begin());
  return hosts_.front();
}

void RequestPace::MoveTo(absl::Time now, Host& host) {
  const int64_t slice = (now - absl::UnixEpoch()) / kSlice;
  const int64_t gone = slice - host.slice;
  // A clock that was set back begins anew, too.
  if (gone < 0 || gone >= static_cast<int64_t>(kSlices)) {
    host.taken.fill(0);
  } else {
    for (int64_t i = host.slice + 1; i <= slice; ++i) host.taken[i % kSlices] = 0;
  }
  host.slice = slice;
}

RequestPace::Turn RequestPace::Take(std::string_view name, absl::Time latest) {
  const absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  Host& host = Find(name);
  const absl::Duration since = now - host.paused_until;
  // A clock that was set back begins anew.
  if (since < -kLongestRetryAfter) host.rate = 0;
  if (since >= kLimited) host.rate = 0;
  if (host.rate == 0) return {.when = now};
  const absl::Time when = std::max({now, host.next, host.paused_until});
  if (when > latest) return {.when = when, .is_taken = false};
  const double grown = std::max(0.0, absl::ToDoubleSeconds(since)) * kGrowth;
  host.next = when + absl::Seconds(1) / (host.rate * (1 + grown));
  return {.when = when};
}

void RequestPace::Taken(std::string_view name) {
  const absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  Host& host = Find(name);
  MoveTo(now, host);
  ++host.taken[host.slice % kSlices];
  // Nothing is sent in a pause.
  if (host.rate != 0 && now < host.paused_until) {
    host.rate = std::clamp(host.rate + kOfWhatWasTaken, host.rate, host.most);
  }
}

bool RequestPace::BeginProbe(std::string_view name) {
  const absl::MutexLock lock(&mutex_);
  Host& host = Find(name);
  const absl::Duration left = host.next_probe - clock_->Now();
  // Nor does it wait for a clock that was set back.
  const bool is_soon = left > absl::ZeroDuration() && left <= kBetweenProbes;
  if (host.is_probing || is_soon) return false;
  host.is_probing = true;
  return true;
}

void RequestPace::EndProbe(std::string_view name, std::optional<absl::Duration> retry_after) {
  const absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  Host& host = Find(name);
  host.is_probing = false;
  host.next_probe = now + kBetweenProbes;
  if (!retry_after.has_value()) return;
  MoveTo(now, host);
  const double taken = std::accumulate(host.taken.begin(), host.taken.end(), 0.0);
  const double rate = std::max(kLeastRate, kOfWhatWasTaken * taken);
  if (host.rate == 0) {
    host.rate = rate;
    host.most = std::numeric_limits<double>::infinity();
  } else {
    // Others may have taken all that there was: that says little of how much there is.
    host.most = host.rate;
    host.rate =
        std::clamp(rate, std::min(host.rate, std::max(kLeastRate, host.rate / 2)), host.rate);
  }
  host.paused_until = now + *retry_after;
  host.next = host.paused_until;
}

}  // namespace countersign::registry

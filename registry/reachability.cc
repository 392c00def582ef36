#include "registry/reachability.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"

namespace countersign::registry {
namespace {

constexpr std::string_view kLogger = "registry";
constexpr char kOther[] = "other";
// Of what is said of why a host cannot be reached; it is of the client's own making.
constexpr size_t kMaxWhyBytes = 200;

prometheus::Counter* RefusalsIn(base::Metrics* metrics) {
  if (metrics == nullptr) return nullptr;
  return &metrics->Counter("countersign_registry_breaker_refusals_total",
                           "Requests that were not sent, as their host could not be reached.");
}

prometheus::Gauge& OpenOf(const std::string& label, base::Metrics* metrics) {
  return metrics->Gauge(
      "countersign_registry_breaker_open",
      "Whether a registry that a policy names by its host is asked by one request at "
      "a time alone, as it could not be reached; of all others, how many.",
      {{"registry", label}});
}

}  // namespace

Reachability::Reachability(const base::Clock* clock, NameOf name_of, base::Metrics* metrics)
    : clock_(clock),
      name_of_(std::move(name_of)),
      metrics_(metrics),
      refusals_(RefusalsIn(metrics)) {
  if (metrics_ != nullptr) OpenOf(kOther, metrics_);
}

Reachability::Host* Reachability::FindKnown(std::string_view host) {
  const auto known = index_.find(host);
  return known == index_.end() ? nullptr : &*known->second;
}

// It becomes the one that was asked last of its part.
Reachability::Host& Reachability::Find(std::string_view host) {
  if (const auto known = index_.find(host); known != index_.end()) {
    Hosts& part = known->second->label.has_value() ? named_ : others_;
    part.splice(part.begin(), part, known->second);
    return *known->second;
  }
  std::optional<std::string> label = name_of_ ? name_of_(host) : std::nullopt;
  if (label.has_value() && labels_.size() >= kMaxNamed && !labels_.contains(*label)) label.reset();
  if (label.has_value()) labels_.insert(*label);
  Hosts& part = label.has_value() ? named_ : others_;
  if (part.size() >= (label.has_value() ? kMaxNamed : kMaxOthers)) {
    SetOpen(false, part.back());
    index_.erase(part.back().name);
    part.pop_back();
  }
  part.push_front({.name = std::string(host), .label = std::move(label)});
  index_.emplace(part.front().name, part.begin());
  return part.front();
}

std::optional<Reachability::News> Reachability::SetOpen(bool is_open, Host& host) {
  if (std::exchange(host.is_open, is_open) == is_open) return std::nullopt;
  if (metrics_ != nullptr) {
    prometheus::Gauge& gauge = OpenOf(host.label.value_or(kOther), metrics_);
    is_open ? gauge.Increment() : gauge.Decrement();
  }
  // Of others whoever names an image could fill the log.
  if (!host.label.has_value()) return std::nullopt;
  News news = {.registry = *host.label, .since = host.away_since, .why = std::nullopt};
  if (is_open) news.why = host.why;
  return news;
}

void Reachability::Log(const std::optional<News>& news) {
  if (!news.has_value()) return;
  base::LogFields fields = {
      {"registry", news->registry},
      {"since", absl::FormatTime(absl::RFC3339_sec, news->since, absl::UTCTimeZone())}};
  if (!news->why.has_value()) {
    return base::LogInfo(kLogger, "A registry that could not be reached answers again.", fields);
  }
  fields.emplace_back("error", *news->why);
  base::LogWarning(kLogger,
                   "A registry cannot be reached. One request at a time asks it until it answers.",
                   fields);
}

Reachability::Course Reachability::Begin(std::string_view host, bool may_refuse) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  Host& known = Find(host);
  const bool is_suspect = known.silent_since != absl::InfiniteFuture();
  if (!known.is_open && !is_suspect) return Course::kAsk;
  // Nor does it wait for a clock that was set back.
  const bool is_due = now >= known.next_probe || known.next_probe - now > kBetweenProbes;
  if (!known.is_probing && is_due) {
    known.is_probing = true;
    return Course::kProbe;
  }
  if (!known.is_open || !may_refuse) return Course::kAsk;
  if (refusals_ != nullptr) refusals_->Increment();
  return Course::kRefuse;
}

void Reachability::Answered(std::string_view host) {
  const absl::Time now = clock_->Now();
  std::optional<News> news;
  {
    absl::MutexLock lock(&mutex_);
    Host& known = Find(host);
    news = SetOpen(false, known);
    known.answered = now;
    known.away_since = absl::InfiniteFuture();
    known.silent_since = absl::InfiniteFuture();
    known.failures = 0;
    known.is_probing = false;
    known.next_probe = absl::InfinitePast();
    known.why.clear();
  }
  Log(news);
}

void Reachability::Fail(absl::Time began, std::string_view why, Host& host) {
  const absl::Time now = clock_->Now();
  if (now - host.last_failure > kWindow && !host.is_open) {
    host.failures = 0;
    host.away_since = absl::InfiniteFuture();
  }
  ++host.failures;
  host.away_since = std::min(host.away_since, began);
  host.last_failure = now;
  host.why = std::string(why.substr(0, kMaxWhyBytes));
}

void Reachability::Failed(std::string_view host, absl::Time began, std::string_view why) {
  std::optional<News> news;
  {
    absl::MutexLock lock(&mutex_);
    Host& known = Find(host);
    if (known.answered > began) return;
    Fail(began, why, known);
    if (known.failures < kFailuresToOpen || known.is_open) return;
    known.next_probe = clock_->Now() + kBetweenProbes;
    news = SetOpen(true, known);
  }
  Log(news);
}

void Reachability::Silent(std::string_view host, absl::Time began, std::string_view why) {
  absl::MutexLock lock(&mutex_);
  Host& known = Find(host);
  if (known.answered > began) return;
  // It was away before: then this is more of it.
  if (known.is_open) return Fail(began, why, known);
  known.silent_since = std::min(known.silent_since, began);
}

void Reachability::EndProbe(Host& host) {
  host.is_probing = false;
  host.next_probe = clock_->Now() + kBetweenProbes;
}

void Reachability::ProbeFailed(std::string_view host, absl::Time began, std::string_view why) {
  std::optional<News> news;
  {
    absl::MutexLock lock(&mutex_);
    Host* const known = FindKnown(host);
    if (known == nullptr || known->answered > began) return;
    Fail(std::min(known->silent_since, began), why, *known);
    news = SetOpen(true, *known);
    EndProbe(*known);
  }
  Log(news);
}

void Reachability::ProbeUnknown(std::string_view host) {
  absl::MutexLock lock(&mutex_);
  Host* const known = FindKnown(host);
  if (known == nullptr) return;
  // Nothing says that it is back.
  if (known->is_open) known->last_failure = clock_->Now();
  EndProbe(*known);
}

std::optional<Reachability::Away> Reachability::FindAway(std::string_view host) const {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  const auto known = index_.find(host);
  if (known == index_.end()) return std::nullopt;
  const Host& found = *known->second;
  // Of a time that is still to come nothing is known, either.
  const bool is_recent = absl::AbsDuration(now - found.last_failure) <= kWindow;
  if (found.away_since == absl::InfiniteFuture() || !is_recent) {
    return std::nullopt;
  }
  return Away{found.away_since, found.why};
}

}  // namespace countersign::registry

#include "base/connection_places.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace countersign::base {

ConnectionPlaces::Entry ConnectionPlaces::Enter(std::string_view source) {
  absl::MutexLock lock(&mutex_);
  Entry entry;
  if (places_.size() >= limits_.connections) {
    entry.makes_room = FindWhoGoes(source);
    if (!entry.makes_room.has_value()) {
      ++refused_;
      return entry;
    }
    ++made_room_;
    // That is nobody's turn to go on: who makes room was none of the UNANSWERED.
    Remove(*entry.makes_room);
  }
  const Id id = ++last_;
  Source& its = sources_[std::string(source)];
  ++its.connections;
  its.silent.push_back(id);
  places_.emplace(id, Place{std::string(source), Stage::kSilent, std::prev(its.silent.end())});
  entry.id = id;
  return entry;
}

bool ConnectionPlaces::Begin(Id id) {
  absl::MutexLock lock(&mutex_);
  const auto found = places_.find(id);
  if (found == places_.end() || found->second.stage != Stage::kSilent) return false;
  const Source& source = sources_[found->second.source];
  const bool goes_on = MayBegin(source);
  Move(id, found->second, goes_on ? Stage::kUnanswered : Stage::kWaiting);
  return goes_on;
}

std::optional<ConnectionPlaces::Id> ConnectionPlaces::SetKnown(Id id) {
  absl::MutexLock lock(&mutex_);
  const auto found = places_.find(id);
  if (found == places_.end() || found->second.stage != Stage::kUnanswered) return std::nullopt;
  Move(id, found->second, Stage::kBusy);
  return TakeTurn();
}

std::optional<ConnectionPlaces::Id> ConnectionPlaces::Leave(Id id) {
  absl::MutexLock lock(&mutex_);
  return Remove(id);
}

void ConnectionPlaces::SetIdle(Id id, bool idle) {
  absl::MutexLock lock(&mutex_);
  const auto found = places_.find(id);
  if (found == places_.end()) return;
  if (found->second.stage != (idle ? Stage::kBusy : Stage::kIdle)) return;
  Move(id, found->second, idle ? Stage::kIdle : Stage::kBusy);
}

bool ConnectionPlaces::IsCrowded(Id id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = places_.find(id);
  if (found == places_.end()) return false;
  return sources_.at(found->second.source).silent.size() > limits_.unanswered_per_source;
}

ConnectionPlaces::Counts ConnectionPlaces::Count() const {
  absl::MutexLock lock(&mutex_);
  Counts counts = {.connections = places_.size(), .refused = refused_, .made_room = made_room_};
  for (const auto& [name, source] : sources_) {
    counts.silent += source.silent.size();
    counts.waiting += source.waiting.size();
    counts.unanswered += source.unanswered;
    counts.idle += source.idle.size();
  }
  return counts;
}

std::optional<ConnectionPlaces::Id> ConnectionPlaces::FindWhoGoes(std::string_view newcomer) const {
  const Source* quietest = nullptr;
  const Source* largest = nullptr;
  size_t most_quiet = 0;
  for (const auto& [name, source] : sources_) {
    const size_t quiet = source.silent.size() + source.waiting.size();
    if (quiet > most_quiet) {
      quietest = &source;
      most_quiet = quiet;
    }
    if (source.idle.empty()) continue;
    if (largest == nullptr || source.connections > largest->connections) largest = &source;
  }
  if (quietest != nullptr) {
    // Ids rise, so the smaller one came first.
    const auto first = [](const std::list<Id>& list) {
      return list.empty() ? ~Id{0} : list.front();
    };
    return std::min(first(quietest->silent), first(quietest->waiting));
  }
  if (largest == nullptr) return std::nullopt;
  const auto own = sources_.find(std::string(newcomer));
  const size_t own_connections = own == sources_.end() ? 0 : own->second.connections;
  if (largest->connections <= own_connections) return std::nullopt;
  return largest->idle.front();
}

std::list<ConnectionPlaces::Id>* ConnectionPlaces::ListOf(Source& source, Stage stage) {
  switch (stage) {
    case Stage::kSilent:
      return &source.silent;
    case Stage::kWaiting:
      return &source.waiting;
    case Stage::kIdle:
      return &source.idle;
    case Stage::kUnanswered:
    case Stage::kBusy:
      break;
  }
  return nullptr;
}

bool ConnectionPlaces::MayBegin(const Source& source) const {
  const size_t left = limits_.unanswered - std::min(limits_.unanswered, unanswered_);
  if (left == 0) return false;
  return source.unanswered < std::clamp<size_t>(left / 8, 1, limits_.unanswered_per_source);
}

void ConnectionPlaces::Move(Id id, Place& place, Stage stage) {
  Source& source = sources_[place.source];
  Forget(source, place);
  if (std::list<Id>* const joined = ListOf(source, stage)) {
    place.at = joined->insert(joined->end(), id);
  }
  if (stage == Stage::kWaiting && source.waiting.size() == 1) turns_.push_back(place.source);
  if (stage == Stage::kUnanswered) {
    ++source.unanswered;
    ++unanswered_;
  }
  place.stage = stage;
}

void ConnectionPlaces::Forget(Source& source, const Place& place) {
  if (std::list<Id>* const left = ListOf(source, place.stage)) left->erase(place.at);
  if (place.stage == Stage::kWaiting && source.waiting.empty()) turns_.remove(place.source);
  if (place.stage == Stage::kUnanswered) {
    --source.unanswered;
    --unanswered_;
  }
}

std::optional<ConnectionPlaces::Id> ConnectionPlaces::TakeTurn() {
  for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
    Source& source = sources_[*turn];
    if (!MayBegin(source)) continue;
    const Id next = source.waiting.front();
    turns_.splice(turns_.end(), turns_, turn);  // the others come first from now on
    Move(next, places_.at(next), Stage::kUnanswered);
    return next;
  }
  return std::nullopt;
}

std::optional<ConnectionPlaces::Id> ConnectionPlaces::Remove(Id id) {
  const auto found = places_.find(id);
  if (found == places_.end()) return std::nullopt;
  const auto source = sources_.find(found->second.source);
  Forget(source->second, found->second);
  places_.erase(found);
  if (--source->second.connections == 0) sources_.erase(source);
  return TakeTurn();
}

}  // namespace countersign::base

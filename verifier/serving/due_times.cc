#include "verifier/serving/due_times.h"

namespace countersign::verifier {

void DueTimes::Set(Id id, absl::Time due) {
  Forget(id);
  by_id_.emplace(id, due);
  in_order_.emplace(due, id);
}

void DueTimes::Forget(Id id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  in_order_.erase({found->second, id});
  by_id_.erase(found);
}

std::optional<DueTimes::Id> DueTimes::Take(absl::Time now) {
  if (in_order_.empty() || in_order_.begin()->first > now) return std::nullopt;
  const Id id = in_order_.begin()->second;
  Forget(id);
  return id;
}

}  // namespace countersign::verifier

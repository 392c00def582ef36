#ifndef COUNTERSIGN_VERIFIER_SERVING_DUE_TIMES_H_
#define COUNTERSIGN_VERIFIER_SERVING_DUE_TIMES_H_

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace countersign::verifier {

// When each of several is to be looked at next. Not thread-safe.
class DueTimes {
 public:
  using Id = uint64_t;

  // Instead of what was set before.
  void Set(Id id, absl::Time due);
  // Of any.
  void Forget(Id id);
  // Forgets the first that is due, and gives it; nullopt: none is.
  std::optional<Id> Take(absl::Time now);

 private:
  absl::flat_hash_map<Id, absl::Time> by_id_;
  std::set<std::pair<absl::Time, Id>> in_order_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_DUE_TIMES_H_

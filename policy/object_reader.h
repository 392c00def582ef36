#ifndef COUNTERSIGN_POLICY_OBJECT_READER_H_
#define COUNTERSIGN_POLICY_OBJECT_READER_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json_place.h"
#include "policy/problem.h"

namespace countersign::policy {

// Reads members of a policy object, and keeps everything that is wrong, rather than stop at the
// first. A problem leaves the rest of the object usable; a fault is a problem that does not. For one
// object and one thread.
class ObjectReader {
 public:
  void AddProblem(std::string pointer, std::string_view reason) {
    problems_.push_back({std::move(pointer), std::string(reason)});
  }
  void AddFault(Problem fault);
  // Of an error that a JsonPlace made; OK is none.
  void AddFault(const absl::Status& error);

  // The member of the object here, which must be a string that is not empty; otherwise adds a
  // problem, whose reason is the error.
  absl::StatusOr<std::string> Text(const base::JsonPlace& object, std::string_view name);
  // The member of the object here; nullopt if there is none, or here is no object, which is a fault.
  std::optional<base::JsonPlace> Needed(const base::JsonPlace& object, std::string_view name);
  // What is in the array here; nothing if here is no array, which is a fault.
  std::vector<base::JsonPlace> Elements(const base::JsonPlace& array);

  // In the order in which they were added, faults included; the first fault.
  const std::vector<Problem>& problems() const { return problems_; }
  const std::optional<Problem>& fault() const { return fault_; }

 private:
  std::vector<Problem> problems_;
  std::optional<Problem> fault_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_OBJECT_READER_H_

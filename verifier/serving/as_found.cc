#include "verifier/serving/as_found.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/status_macros.h"

namespace countersign::verifier {

absl::Status TakeAsFound(size_t count, absl::Duration longest_held, absl::Time deadline,
                         absl::FunctionRef<bool(size_t index, absl::Time until)> await,
                         absl::FunctionRef<absl::Status(size_t index)> take) {
  std::vector<size_t> awaited(count);
  std::iota(awaited.begin(), awaited.end(), size_t{0});
  while (!awaited.empty()) {
    // All of this time may be spent on the first that is not found. The others are looked at after it.
    const absl::Time until = std::min(deadline, base::In(longest_held));
    std::vector<size_t> left;
    for (const size_t index : awaited) {
      if (await(index, until) || base::HasPassed(deadline)) {
        CS_RETURN_IF_ERROR(take(index));
      } else {
        left.push_back(index);
      }
    }
    awaited = std::move(left);
  }
  return absl::OkStatus();
}

}  // namespace countersign::verifier

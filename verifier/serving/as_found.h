#ifndef COUNTERSIGN_VERIFIER_SERVING_AS_FOUND_H_
#define COUNTERSIGN_VERIFIER_SERVING_AS_FOUND_H_

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace countersign::verifier {

// Takes what is being found, each of it once, from 0 to `count` - 1: as each is found, in their order
// where several are, and at `deadline` whatever is left. What is found while another is waited for is
// held no longer than `longest_held`, as far as `take` does not block.
//
// `await` waits until a moment for one of them, and says whether it is found; where the moment is over it
// only looks. Each is looked at about once in `longest_held`, however many there are: not once for each
// that is found. Returns the first error of `take`, which is called no more after it.
absl::Status TakeAsFound(size_t count, absl::Duration longest_held, absl::Time deadline,
                         absl::FunctionRef<bool(size_t index, absl::Time until)> await,
                         absl::FunctionRef<absl::Status(size_t index)> take);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_AS_FOUND_H_

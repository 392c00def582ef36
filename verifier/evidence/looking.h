#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_LOOKING_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_LOOKING_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/worker_pool.h"
#include "policy/evidence.h"
#include "verifier/evidence/allowance.h"

namespace countersign::verifier {

// One look at an image: with whose threads and for whom, and until when.
struct Looking {
  base::WorkerPool* pool;
  AllowancePtr allowance;
  // Whether anybody waits for it still; null: somebody does.
  std::function<bool()> is_wanted;
  absl::Time deadline;

  bool IsWanted() const { return is_wanted == nullptr || is_wanted(); }
};

// The signatures attached to an image, those that could not be read as errors.
using Signatures = policy::Items;

// What was read in one place, and what keeps it held.
struct ReadSignatures {
  Signatures signatures;
  std::vector<std::shared_ptr<base::HeldBytes>> held;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_LOOKING_H_

#ifndef COUNTERSIGN_POLICY_STEP_BUDGET_H_
#define COUNTERSIGN_POLICY_STEP_BUDGET_H_

#include <cstddef>

namespace countersign::policy {

// How much work may be done about something that its author made as large as he liked. Counted in
// steps, so that the same policy is judged alike on every machine. For one thread.
class StepBudget {
 public:
  explicit StepBudget(size_t steps) : left_(steps) {}

  // Takes these steps, which are then done. False if there were not as many, and from then on: what
  // was to be found out is not known.
  bool Take(size_t steps) {
    if (steps > left_) is_exceeded_ = true;
    if (is_exceeded_) return false;
    left_ -= steps;
    return true;
  }

  bool IsExceeded() const { return is_exceeded_; }
  size_t left() const { return left_; }

 private:
  size_t left_;
  bool is_exceeded_ = false;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_STEP_BUDGET_H_

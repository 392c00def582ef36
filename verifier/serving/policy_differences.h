#ifndef COUNTERSIGN_VERIFIER_SERVING_POLICY_DIFFERENCES_H_
#define COUNTERSIGN_VERIFIER_SERVING_POLICY_DIFFERENCES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/complaint_tally.h"
#include "base/metrics.h"
#include "policy/verdict.h"

namespace countersign::verifier {

// Where two languages of policies are in force and do not decide alike, and what policies that only warn
// find wanting: what somebody looks at who moves from one to the other. Counted, each use of an image:
//   countersign_policy_differences_total{denies,mode}
//   countersign_policy_failures_total{mode}
// told to the log once a minute at most, and the last images kept to be shown. Thread-safe.
class PolicyDifferences {
 public:
  static constexpr size_t kMaxShown = 10;

  // Both must outlive this.
  explicit PolicyDifferences(base::Metrics* metrics,
                             const base::Clock* clock = &base::Clock::Real());

  // The verdict about an image, as its workload writes it, which is used so often.
  void Add(std::string_view image, const policy::Verdict& verdict, size_t uses)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // A line for each of the last images that they differed about, the last one first. Printable.
  std::vector<std::string> Describe() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Shown {
    std::string image;  // printable, and cut
    policy::Difference difference;
    uint64_t count = 0;
    absl::Time last;
  };

  void Show(std::string image, policy::Difference difference, size_t uses)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const base::Clock* const clock_;
  std::array<prometheus::Counter*, 4> differences_ = {};  // by policy::Difference
  prometheus::Counter& enforced_failures_;
  prometheus::Counter& warned_failures_;
  base::ComplaintTally tally_;
  mutable absl::Mutex mutex_;
  std::list<Shown> shown_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_POLICY_DIFFERENCES_H_

#ifndef COUNTERSIGN_VERIFIER_SERVING_RECENT_VERDICTS_H_
#define COUNTERSIGN_VERIFIER_SERVING_RECENT_VERDICTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/last_added.h"
#include "policy/verdict.h"
#include "verifier/serving/workload_question.h"

namespace countersign::verifier {

// A verdict about an image, as it is shown: its texts are printable, cut, and hold no password or query of
// an address (base/url_secrets.h). A KiB at the most.
struct RecentVerdict {
  absl::Time at;
  absl::Duration took;  // since the question had been read
  std::string object;   // "shop/web (Deployment)"
  std::string image;    // as the object names it
  policy::Decision decision = policy::Decision::kUnspecified;
  policy::Reason reason = policy::Reason::kUnspecified;
  bool is_warned = false;
  std::string policy;   // the first pattern that made it so, or policy that does not let it pass
  std::string message;  // or its warning
};

// The last hundred verdicts, for people to look at: nothing is decided by them. Thread-safe.
class RecentVerdicts {
 public:
  static constexpr size_t kMaxVerdicts = 100;
  static constexpr size_t kMaxEntryBytes = 1 << 10;

  // `clock` must outlive this.
  explicit RecentVerdicts(const base::Clock* clock = &base::Clock::Real()) : clock_(clock) {}

  // About an image of the question, which was read at `since`, `image` being its reference.
  void Add(const WorkloadQuestion& question, const std::string& image,
           const policy::Verdict& verdict, absl::Time since);

  // The last one first.
  std::vector<RecentVerdict> Newest() const { return verdicts_.Newest(); }

 private:
  const base::Clock* const clock_;
  base::LastAdded<RecentVerdict> verdicts_{kMaxVerdicts};
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_RECENT_VERDICTS_H_

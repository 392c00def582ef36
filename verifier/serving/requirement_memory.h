#ifndef COUNTERSIGN_VERIFIER_SERVING_REQUIREMENT_MEMORY_H_
#define COUNTERSIGN_VERIFIER_SERVING_REQUIREMENT_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/namespace_rule.h"
#include "policy/policies.h"
#include "policy/requirement.h"

namespace countersign::verifier {

// An image as its reference reads, and what the policies in force ask of it.
struct RememberedRequirement {
  oci::ImageReference image;
  std::shared_ptr<const policy::Requirement> requirement;
};
using RememberedRequirementPtr = std::shared_ptr<const RememberedRequirement>;

// Remembers what is asked of images, so that the Pods of a rollout are not each read and matched anew. A
// requirement is a pure function of the policies in force, of where the image is to run, of its text and
// of the moment, and all of these are in what it is found by: the policies as the very object that is
// shared by whoever took the same snapshot, so that nothing is ever found that was asked by others, and the
// moment as a second, or less of one where a policy begins or ends within it (Policies::NextChange). What
// was remembered in one is forgotten with the next, and when the clock is set back.
//
// It decides nothing. What has no room is asked anew each time, whoever took the room; that is for a
// second at the most. What is there when nobody asks any more stays until somebody does.
//
// Thread-safe.
class RequirementMemory {
 public:
  struct Options {
    size_t max_bytes = 2 << 20;        // of all, with what they are found by
    size_t max_entry_bytes = 4 << 10;  // of one
    absl::Duration life = absl::Seconds(1);
  };

  RequirementMemory() : RequirementMemory(Options()) {}
  explicit RequirementMemory(const Options& options) : options_(options) {}

  class OfWorkload;
  // What is remembered for a workload. `in_force` is what it is judged by; not null.
  OfWorkload For(const policy::PoliciesPtr& in_force, const policy::Workload& workload);

  // Found or not, since the start; how many there are now, and what they weigh.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
    size_t bytes = 0;
  };
  Counts counts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Of one moment, and of policies in force then.
  struct Table {
    Table(policy::PoliciesPtr policies, absl::Time first, absl::Time end)
        : in_force(std::move(policies)), from(first), until(end) {}

    const policy::PoliciesPtr in_force;
    const absl::Time from;
    const absl::Time until;
    absl::Mutex mutex;
    absl::flat_hash_map<std::string, RememberedRequirementPtr> known ABSL_GUARDED_BY(mutex);
    // Those that are in what it is found by, by their addresses: so nothing else has these meanwhile.
    absl::flat_hash_set<std::shared_ptr<const policy::Labels>> labels ABSL_GUARDED_BY(mutex);
    size_t bytes ABSL_GUARDED_BY(mutex) = 0;
  };

  // Null: nothing is remembered of such a moment.
  std::shared_ptr<Table> TableAt(const policy::PoliciesPtr& in_force, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;
  mutable absl::Mutex mutex_;
  std::shared_ptr<Table> table_ ABSL_GUARDED_BY(mutex_);
};

// Of one workload; the memory must outlive it. For one thread.
class RequirementMemory::OfWorkload {
 public:
  // What was asked of this image of such a workload; null: that is not remembered.
  RememberedRequirementPtr Find(std::string_view image);
  // Remembers it, where there is room. It is to be what RequirementFor says, without a resolved digest.
  void Keep(std::string_view image, RememberedRequirementPtr asked);

 private:
  friend class RequirementMemory;
  OfWorkload(RequirementMemory* memory, std::shared_ptr<Table> table,
             const policy::Workload& workload);
  std::string KeyOf(std::string_view image) const;

  RequirementMemory* memory_;
  std::shared_ptr<Table> table_;
  std::shared_ptr<const policy::Labels> labels_;
  std::string workload_;  // all of it that decides
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_REQUIREMENT_MEMORY_H_

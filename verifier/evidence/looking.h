#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_LOOKING_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_LOOKING_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/deadline.h"
#include "base/transient.h"
#include "base/worker_pool.h"
#include "cosign/item.h"
#include "oci/digest.h"
#include "policy/evidence.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/look_phases.h"

namespace countersign::verifier {

// What a registry said that a tag means, to which credential (its fingerprint, evidence_memory.h), and
// when it was asked.
struct ResolvedTag {
  std::string fingerprint;
  std::optional<oci::Digest> digest = std::nullopt;  // nullopt: none was asked for
  absl::Time asked = absl::InfinitePast();
};

// One look at an image: with whose threads and for whom, and until when.
struct Looking {
  base::WorkerPool* pool;
  AllowancePtr allowance;
  // Whether anybody waits for it still; null: somebody does.
  std::function<bool()> is_wanted;
  absl::Time deadline;
  // Whether attestations are asked for. Where only signatures are, what can be nothing else need not be
  // read.
  bool wants_attestations = true;
  // Where it is counted what the time goes into; null: nowhere. For all its copies.
  std::shared_ptr<LookPhases> phases = nullptr;
  // How much of what the allowance holds the look keeps while it goes on (Keep); for all its copies.
  std::shared_ptr<std::atomic<size_t>> kept = std::make_shared<std::atomic<size_t>>(0);

  // Credentials that were refused in this look, each with its repository (CredentialThere). Of a look at an
  // image whose index's manifests are looked at, too, each counts once for all of them
  // (Allowance::Attempt); null: each time. For the thread that looks.
  std::shared_ptr<absl::flat_hash_set<std::string>> refused = nullptr;

  // Where it is noted what the image's tag was resolved to last; null: nowhere. For the thread that looks.
  std::shared_ptr<ResolvedTag> resolved = nullptr;

  // Whether it counts that this one was refused.
  bool CountsRefusal(const std::string& credential) const {
    return refused == nullptr || refused->insert(credential).second;
  }

  // Has `held` hold so much more as soon as there is room, as HeldBytes::Reserve does: for room that
  // the look itself would have to give back, it does not wait.
  absl::Status Reserve(base::HeldBytes& held, size_t bytes) const {
    const LookPhases::Stay stay = In(LookPhase::kQueue);
    return held.Reserve(bytes, deadline, is_wanted, kept.get());
  }
  // What is held so is kept until it is given back. No more is added to it.
  void Keep(base::HeldBytes& held) const { held.CountAsKept(kept); }

  // An attempt with a credential (Allowance::BeginAttempt).
  std::optional<Allowance::Attempt> BeginAttempt() const {
    const LookPhases::Stay stay = In(LookPhase::kQueue);
    return allowance->BeginAttempt(deadline);
  }

  // The same, with half of the time that is left.
  Looking WithHalfTheTime() const {
    Looking half = *this;
    half.deadline = base::In(base::TimeLeft(deadline) / 2);
    return half;
  }

  // It is in that phase for as long as what this gives lives, which must not outlive the look.
  LookPhases::Stay In(LookPhase phase) const { return LookPhases::Stay(phases.get(), phase); }
  template <typename Call>
  auto During(LookPhase phase, const Call& call) const {
    const LookPhases::Stay stay = In(phase);
    return call();
  }

  bool IsWanted() const { return is_wanted == nullptr || is_wanted(); }
};

// What was read in one place, and what keeps it held.
struct ReadItems {
  policy::Items items;
  std::vector<std::shared_ptr<base::HeldBytes>> held;
};

// Whether something was read that may allow.
inline bool FoundAny(const absl::StatusOr<ReadItems>& read) {
  return read.ok() && !read->items.empty();
}

// Whether something could not be read for a reason that may be that of who read it: his deadline, his
// budget, or that nobody waits for him any more. Limits (Aborted) are the same for all.
inline bool IsCutShort(const absl::StatusOr<ReadItems>& read) {
  if (!read.ok()) return base::IsTransient(read.status());
  return std::any_of(read->items.begin(), read->items.end(),
                     [](const absl::StatusOr<cosign::ItemPtr>& item) {
                       return base::IsTransient(item.status()) && !absl::IsAborted(item.status());
                     });
}

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_LOOKING_H_

#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_JUDGE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_JUDGE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/turnstile.h"
#include "policy/evidence.h"
#include "policy/examination.h"
#include "policy/requirement.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/proof_memory.h"

namespace countersign::verifier {

// What is done for all manifests together that an image's index lists, beside what is done for the image:
// as much as for one image.
struct ChildrenWork {
  size_t units = 0;  // so far
};

// Checks signatures with keys, which is the work that keeps a processor busy: at most so much of it
// at a time, in slices and in turns, so that whoever has little of it waits for a slice of each of
// the others at the most; within a budget for an image and one for a question; and only as long as
// somebody waits for it. What it has checked lately costs nothing of all that, unless it is much: of
// outcomes that are remembered, or found without a key, 64 cost a unit.
//
// Thread-safe.
class SignatureJudge {
 public:
  struct Options {
    // How many threads may do it at a time: a processor's worth.
    size_t at_once = 1;
    // Of public-key work for one image (crypto::PublicKey::Cost), and of reading what is signed
    // (cosign::CostToRead). It is enough for a thousand signatures and one P-256 key.
    size_t units_per_image = 2000;
    // What may be remembered of it (proof_memory.h).
    size_t proof_bytes = 4 << 20;
    // Where it is observed how long it takes, turns included, and where ends of images' budgets are
    // counted; null: nowhere.
    prometheus::Histogram* duration = nullptr;
    prometheus::Counter* image_ends = nullptr;
  };
  using Wanted = std::function<bool()>;

  explicit SignatureJudge(const Options& options)
      : options_(options),
        turnstile_(options.at_once),
        proofs_(&base::Clock::Real(), options.proof_bytes) {}

  // What came of it. If that is not enough, and an image's budget has ended, Examination::verification
  // says that it was stopped. `children`: it is of one of the manifests of the image's index, for which so
  // much was done before; null: of the image. The errors say that it may be otherwise another time:
  //   Aborted            the question's units have ended
  //   Cancelled          `is_wanted` says no
  //   DeadlineExceeded   not by `deadline`
  absl::StatusOr<policy::Examination> Examine(const policy::Requirement& requirement,
                                              const policy::Evidence& evidence,
                                              Allowance& allowance, const Wanted& is_wanted,
                                              absl::Time deadline,
                                              ChildrenWork* children = nullptr);

  // The same by outcomes alone that are remembered, without public-key work or waiting. Nullopt: that is not
  // enough to know what Examine would find, or they are so many that they cost a unit, or more than there is
  // `room` for, of which each takes one.
  std::optional<policy::Examination> ExamineAtOnce(const policy::Requirement& requirement,
                                                   const policy::Evidence& evidence, size_t& room);

  // Whether it is all that could hold by what was examined so.
  static bool IsEnough(const policy::Requirement& requirement,
                       const policy::Examination& examination, const ChildrenWork* children) {
    return children == nullptr ? policy::IsEnoughByItself(requirement, examination)
                               : policy::IsEnoughOfChild(requirement, examination);
  }

  // Units of work since the start, threads that wait for their turn now, and what is remembered.
  struct Counts {
    uint64_t units = 0;
    size_t waiting = 0;
    ProofMemory::Counts proofs;
  };
  Counts counts() const {
    return {.units = units_, .waiting = turnstile_.waiting(), .proofs = proofs_.counts()};
  }

 private:
  class Work;

  const Options options_;
  base::Turnstile turnstile_;
  ProofMemory proofs_;
  std::atomic<uint64_t> units_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_SIGNATURE_JUDGE_H_

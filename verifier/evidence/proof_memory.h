#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_PROOF_MEMORY_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_PROOF_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/expiring_cache.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/signer.h"
#include "policy/prove.h"

namespace countersign::verifier {

// Remembers what came of items for claims and signers, refusals too, so that the same signature is
// checked with the same key once, whoever asks. An outcome is a pure function of the three, so it
// never grows old, is everybody's, and serves denials as well: a policy that is changed asks for
// other signers. Bounded by what it weighs in memory; what was used least recently goes first. What
// does not hold has a half of its own: whoever may push to a repository can make any amount of it, and
// pushes nothing out that holds.
//
// Thread-safe.
class ProofMemory {
 public:
  // `clock` must outlive the memory; nothing depends on what it says.
  ProofMemory(const base::Clock* clock, size_t max_bytes);

  // Null if it is not remembered.
  policy::OutcomePtr Find(const cosign::Item& item, const cosign::Claim& claim,
                          const cosign::Signer& signer);
  void Keep(const cosign::Item& item, const cosign::Claim& claim, const cosign::Signer& signer,
            policy::OutcomePtr outcome);

  // Found or not, since the start; how many there are, and what they weigh.
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t entries = 0;
    size_t bytes = 0;
  };
  Counts counts() const;

 private:
  using Outcomes = base::ExpiringCache<policy::OutcomePtr>;

  static size_t WeightOf(const std::string& key, const cosign::Outcome& outcome);

  Outcomes verified_;
  Outcomes refused_;
  std::atomic<uint64_t> hits_ = 0;
  std::atomic<uint64_t> misses_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_PROOF_MEMORY_H_

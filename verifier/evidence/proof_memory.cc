#include "verifier/evidence/proof_memory.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/allocated_bytes.h"
#include "cosign/claim.h"
#include "cosign/proof.h"

namespace countersign::verifier {
namespace {

// The ids are as long as each other, so that no two keys are written alike.
std::string KeyOf(const cosign::Item& item, const cosign::Claim& claim,
                  const cosign::Signer& signer) {
  std::string key(item.id.begin(), item.id.end());
  key.append(signer.id.begin(), signer.id.end());
  key += claim.image.ToString();
  if (claim.predicate_type.has_value()) absl::StrAppend(&key, " ", *claim.predicate_type);
  return key;
}

// What it takes in memory beside itself.
size_t AllocatedBytes(const cosign::Outcome& outcome) {
  if (const auto* const refusal = std::get_if<cosign::Refusal>(&outcome)) {
    return base::AllocatedBytes(refusal->sentence);
  }
  const auto& verified = std::get<cosign::Verified>(outcome);
  const cosign::Claim& claim = verified.claim();
  const size_t of_claim =
      base::AllocatedBytes(claim.image.ToString()) +
      (claim.predicate_type.has_value() ? base::AllocatedBytes(*claim.predicate_type) : 0);
  return of_claim + cosign::AllocatedBytes(verified.proof());
}

}  // namespace

// Its entry, whose key is cut to size, and the outcome behind the pointer's counts.
size_t ProofMemory::WeightOf(const std::string& key, const cosign::Outcome& outcome) {
  constexpr size_t kCounts = 2 * sizeof(void*);
  return Outcomes::kEntryBytes + base::AllocatedBytes(key.size() + 1) +
         base::AllocatedBytes(kCounts + sizeof(outcome)) + AllocatedBytes(outcome);
}

ProofMemory::ProofMemory(const base::Clock* clock, size_t max_bytes)
    : verified_(clock, std::numeric_limits<size_t>::max(), max_bytes / 2),
      refused_(clock, std::numeric_limits<size_t>::max(), max_bytes / 2) {}

policy::OutcomePtr ProofMemory::Find(const cosign::Item& item, const cosign::Claim& claim,
                                     const cosign::Signer& signer) {
  const std::string key = KeyOf(item, claim, signer);
  std::optional<policy::OutcomePtr> found = verified_.Find(key);
  if (!found.has_value()) found = refused_.Find(key);
  ++(found.has_value() ? hits_ : misses_);
  return found.has_value() ? *std::move(found) : nullptr;
}

void ProofMemory::Keep(const cosign::Item& item, const cosign::Claim& claim,
                       const cosign::Signer& signer, policy::OutcomePtr outcome) {
  const std::string key = KeyOf(item, claim, signer);
  const size_t weight = WeightOf(key, *outcome);
  Outcomes& half = std::holds_alternative<cosign::Verified>(*outcome) ? verified_ : refused_;
  half.Put(key, std::move(outcome), absl::InfiniteDuration(), weight);
}

ProofMemory::Counts ProofMemory::counts() const {
  return {.hits = hits_,
          .misses = misses_,
          .entries = verified_.size() + refused_.size(),
          .bytes = verified_.weight() + refused_.weight()};
}

}  // namespace countersign::verifier

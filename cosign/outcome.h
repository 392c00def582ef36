#ifndef COUNTERSIGN_COSIGN_OUTCOME_H_
#define COUNTERSIGN_COSIGN_OUTCOME_H_

#include <utility>
#include <variant>

#include "cosign/claim.h"
#include "cosign/pay.h"
#include "cosign/proof.h"
#include "cosign/refusal.h"

namespace countersign::cosign {

struct Item;
struct Signer;

class Verified;

// What came of looking at one item for one claim and one signer. The zero value is a refusal.
using Outcome = std::variant<Refusal, Verified>;

// An item holds for a claim by a signer: made only by Verify (cosign/verify.h), so whoever has one
// need not check again. Immutable but for assignment.
class Verified {
 public:
  const Claim& claim() const { return claim_; }
  const Proof& proof() const { return proof_; }

 private:
  friend Outcome Verify(const Item&, const Claim&, const Signer&, Pay);
  Verified(Claim claim, Proof proof) : claim_(std::move(claim)), proof_(std::move(proof)) {}

  Claim claim_;
  Proof proof_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_OUTCOME_H_

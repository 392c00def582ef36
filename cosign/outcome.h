#ifndef COUNTERSIGN_COSIGN_OUTCOME_H_
#define COUNTERSIGN_COSIGN_OUTCOME_H_

#include <utility>
#include <variant>

#include "cosign/refusal.h"
#include "crypto/signature_scheme.h"
#include "oci/digest.h"

namespace countersign::cosign {

struct Item;
struct Signer;

// What an item must say.
struct Claim {
  oci::Digest image;
};

class Verified;

// What came of looking at one item for one claim and one signer. The zero value is a refusal.
using Outcome = std::variant<Refusal, Verified>;

// An item holds for a claim by a signer: made only by Verify (cosign/verify.h), so whoever has one
// need not check again. Immutable but for assignment.
class Verified {
 public:
  const Claim& claim() const { return claim_; }
  // How the item's signature was made.
  crypto::SignatureScheme scheme() const { return scheme_; }

 private:
  friend Outcome Verify(const Item&, const Claim&, const Signer&);
  Verified(Claim claim, crypto::SignatureScheme scheme)
      : claim_(std::move(claim)), scheme_(scheme) {}

  Claim claim_;
  crypto::SignatureScheme scheme_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_OUTCOME_H_

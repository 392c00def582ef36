#ifndef COUNTERSIGN_COSIGN_VERIFY_H_
#define COUNTERSIGN_COSIGN_VERIFY_H_

#include <cstddef>
#include <optional>

#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/pay.h"
#include "cosign/refusal.h"
#include "cosign/signer.h"

namespace countersign::cosign {

// Whether `item` holds for `claim` by `signer`, and if not, why. Pure: the same of equal ids,
// whatever else was looked at. Its work is bounded: CostToRead says what reading the content is, and
// `pay` is asked for each part of what the signer decides, what is cheap first: what is refused early
// costs little.
Outcome Verify(const Item& item, const Claim& claim, const Signer& signer, Pay pay = PayWhatever);

// Why Verify refuses the item whoever the signer is, as far as that is known without a public-key
// operation; nullopt: the signer decides. So evidence of other images buys no public-key work.
std::optional<Refusal> FindRefusal(const Item& item, const Claim& claim);

// What reading the contents of items costs that have so many bytes together, in units of one ECDSA
// P-256 verification. Each is read once, by whichever of the two above comes first, for all items that
// share it.
size_t CostToRead(size_t content_bytes);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_VERIFY_H_

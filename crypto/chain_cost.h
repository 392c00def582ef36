#ifndef COUNTERSIGN_CRYPTO_CHAIN_COST_H_
#define COUNTERSIGN_CRYPTO_CHAIN_COST_H_

#include <cstddef>

#include "absl/types/span.h"
#include "crypto/certificate.h"

namespace countersign::crypto {

// What FindPath of the same (crypto/certificate_chain.h) costs at the most, about, in units of one
// ECDSA P-256 verification (PublicKey::Cost): each certificate by whose name another was issued is
// taken to have issued it, as only an operation would show. 0: nothing leads from `leaf` to the
// authority. Takes none itself; pure, and bounded as FindPath is.
size_t CostToFindPath(const Certificate& leaf, absl::Span<const Certificate> authority,
                      absl::Span<const Certificate> extra);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CHAIN_COST_H_

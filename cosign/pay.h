#ifndef COUNTERSIGN_COSIGN_PAY_H_
#define COUNTERSIGN_COSIGN_PAY_H_

#include <cstddef>

#include "absl/functional/function_ref.h"

namespace countersign::cosign {

// Asked before work is done that costs so many units, never none, of one ECDSA P-256 verification
// (crypto::PublicKey::Cost). False: it is not to be done, and whoever said so drops the outcome. It
// may block.
using Pay = absl::FunctionRef<bool(size_t units)>;

inline bool PayWhatever(size_t) { return true; }

// What comes of evidence whose judging was not paid for.
inline constexpr char kNotPaidFor[] = "judging it was not paid for";

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_PAY_H_

#ifndef COUNTERSIGN_COSIGN_MATERIAL_H_
#define COUNTERSIGN_COSIGN_MATERIAL_H_

#include <string>
#include <variant>

#include "crypto/certificate.h"

namespace countersign::cosign {

// Advice about the key that made a signature, of whoever made it; may be empty.
struct KeyHint {
  std::string hint;
};

// What evidence brings along about who signed: nothing, a hint, or the signer's certificate. It is
// a claim until a path leads from it to an authority that is trusted.
using Material = std::variant<std::monostate, KeyHint, crypto::Certificate>;

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_MATERIAL_H_

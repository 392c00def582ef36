#ifndef COUNTERSIGN_COSIGN_CLAIM_H_
#define COUNTERSIGN_COSIGN_CLAIM_H_

#include <optional>
#include <string>

#include "oci/digest.h"

namespace countersign::cosign {

// What an item must say.
struct Claim {
  oci::Digest image;
  // Of an attestation, exactly that type; nullopt: a signature.
  std::optional<std::string> predicate_type;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_CLAIM_H_

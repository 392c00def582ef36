#ifndef COUNTERSIGN_COSIGN_COMBINED_ROOT_H_
#define COUNTERSIGN_COSIGN_COMBINED_ROOT_H_

#include <memory>

#include "cosign/trusted_root.h"

namespace countersign::cosign {

using TrustedRootPtr = std::shared_ptr<const TrustedRoot>;

// Whose word is taken about what, where not one root says all of it. Null: nobody's.
struct RootParts {
  TrustedRootPtr certificates;  // authorities of certificates, and logs of certificates
  TrustedRootPtr logs;          // transparency logs
  TrustedRootPtr timestamps;    // timestamp authorities
};

// A root that trusts about each what that root does, and nobody else; that root itself, where it is the
// same for all three. Null if all are. Pure.
TrustedRootPtr CombineRoots(const RootParts& parts);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_COMBINED_ROOT_H_

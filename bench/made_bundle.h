#ifndef COUNTERSIGN_BENCH_MADE_BUNDLE_H_
#define COUNTERSIGN_BENCH_MADE_BUNDLE_H_

#include <string>
#include <string_view>

#include "cosign/claim.h"
#include "cosign/signer.h"

namespace countersign::cosign {

// An image on which one bundle hangs, that of an identity, as cosign has made it (testdata/sigstore).
struct MadeBundle {
  Claim claim;
  std::string bytes;
  SignerPtr signer;  // the identity, with all the witnesses that there are
};

// That of this name; ends the process if there is none.
MadeBundle FindMadeBundle(std::string_view name);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_BENCH_MADE_BUNDLE_H_

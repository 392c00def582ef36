#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_GATHERED_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_GATHERED_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "policy/evidence.h"

namespace countersign::verifier {

// What was gathered about an image, with one credential. Immutable once it is shared.
struct Gathered {
  policy::Evidence evidence;
  // Which credential has seen it, as CredentialPrint says it (evidence_memory.h); empty: none has seen
  // a signature.
  std::string print;
  // When the registry was asked for the signatures.
  absl::Time asked = absl::InfinitePast();
  // It is remembered, or was being read already when the look that it is for began. Before anything
  // is denied by it, the registry is asked anew.
  bool may_only_allow = false;
  // Keeps what was read, and that its bytes are held on the allowance of who read it; null if nothing
  // is held.
  std::shared_ptr<const void> held;
};
using GatheredPtr = std::shared_ptr<const Gathered>;

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_GATHERED_H_

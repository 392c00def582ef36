#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_GATHERED_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_GATHERED_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "oci/digest.h"
#include "policy/evidence.h"

namespace countersign::verifier {

// What was gathered about an image: with one credential, in one repository, or in several parts of
// which each is. Immutable once it is shared.
struct Gathered {
  policy::Evidence evidence;
  // Of the credential that has seen it (CredentialFingerprint in evidence_memory.h); empty: none has
  // seen a signature.
  std::string fingerprint;
  // When the registry was asked for the signatures; of several places, for the first of them.
  absl::Time asked = absl::InfinitePast();
  // It is remembered, or was being read already when the look that it is for began. Before anything
  // is denied by it, the registry is asked anew.
  bool may_only_allow = false;
  // Keep what was read, and that its bytes are held on the allowance of who read it; none if nothing
  // is held.
  std::vector<std::shared_ptr<const void>> held;
  // What it was put together from, in the order of its places; none if it is of one repository.
  std::vector<std::shared_ptr<const Gathered>> parts = {};

  // Takes what was found in other places, of the same digest and with the same credential.
  void Add(const Gathered& others) {
    for (const policy::PlaceItems& found : others.evidence.by_place) {
      evidence.by_place.push_back(found);
    }
    asked = std::min(asked, others.asked);
    may_only_allow = may_only_allow || others.may_only_allow;
    held.insert(held.end(), others.held.begin(), others.held.end());
  }

  // Takes what was found in another repository, of the same digest. What is put together so begins
  // with nothing.
  void AddPart(std::shared_ptr<const Gathered> part) {
    if (!evidence.how.empty() && !part->evidence.how.empty()) evidence.how += "; then: ";
    evidence.how += part->evidence.how;
    Add(*part);
    parts.push_back(std::move(part));
  }
  // What is here, and then what was found elsewhere, of the same digest.
  policy::Evidence With(const policy::Evidence& others) const {
    policy::Evidence together = evidence;
    together.by_place.insert(together.by_place.end(), others.by_place.begin(),
                             others.by_place.end());
    return together;
  }
  static Gathered Nothing(const oci::Digest& digest) {
    return {.evidence = {.digest = digest}, .asked = absl::InfiniteFuture()};
  }
};
using GatheredPtr = std::shared_ptr<const Gathered>;

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_GATHERED_H_

#include "cosign/proof.h"

namespace countersign::cosign {

size_t TextBytes(const Proof& proof) {
  const size_t bytes = proof.subject.size() + proof.predicate_type.size() +
                       proof.times.size() * sizeof(absl::Time) +
                       proof.log_indexes.size() * sizeof(uint64_t);
  return proof.identity.has_value() ? bytes + TextBytes(*proof.identity) : bytes;
}

}  // namespace countersign::cosign

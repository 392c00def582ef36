#include "cosign/proof.h"

#include "base/allocated_bytes.h"

namespace countersign::cosign {

size_t AllocatedBytes(const Proof& proof) {
  const size_t bytes = base::AllocatedBytes(proof.subject) +
                       base::AllocatedBytes(proof.predicate_type) +
                       base::AllocatedBytes(proof.times) + base::AllocatedBytes(proof.log_indexes);
  return proof.identity.has_value() ? bytes + AllocatedBytes(*proof.identity) : bytes;
}

}  // namespace countersign::cosign

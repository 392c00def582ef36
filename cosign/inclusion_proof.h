#ifndef COUNTERSIGN_COSIGN_INCLUSION_PROOF_H_
#define COUNTERSIGN_COSIGN_INCLUSION_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "crypto/sha256.h"

namespace countersign::cosign {

// More hashes than any tree has levels.
inline constexpr size_t kMaxProofHashes = 64;

// The hash of a log entry with this body: of a leaf of a Merkle tree (RFC 6962 section 2.1).
crypto::Sha256Digest LeafHash(std::string_view body);

// Whether `leaf` is the leaf with this index, from 0, of the tree of `size` leaves that has this
// root, by the hashes beside its path, from the leaf upwards (RFC 9162 section 2.1.3.2). Size and
// root mean something only if the log has signed both: those of a checkpoint that has been verified
// (cosign/checkpoint.h). Any numbers are taken; false beyond the limit above.
bool VerifyInclusion(const crypto::Sha256Digest& leaf, uint64_t index, uint64_t size,
                     absl::Span<const crypto::Sha256Digest> hashes,
                     const crypto::Sha256Digest& root);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_INCLUSION_PROOF_H_

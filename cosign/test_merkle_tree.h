#ifndef COUNTERSIGN_COSIGN_TEST_MERKLE_TREE_H_
#define COUNTERSIGN_COSIGN_TEST_MERKLE_TREE_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "crypto/sha256.h"

namespace countersign::cosign {

// Merkle trees, for tests only, as RFC 6962 defines them: from the root downwards, so that nothing
// here is done as cosign/inclusion_proof.h does it. Trees have at least one leaf.

crypto::Sha256Digest TestNodeHash(const crypto::Sha256Digest& left,
                                  const crypto::Sha256Digest& right);

// MTH of section 2.1, of the leaves' hashes.
crypto::Sha256Digest TestTreeRoot(absl::Span<const crypto::Sha256Digest> leaves);

// PATH of section 2.1.1: the hashes beside the path from a leaf up to the root.
std::vector<crypto::Sha256Digest> TestTreePath(size_t index,
                                               absl::Span<const crypto::Sha256Digest> leaves);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_MERKLE_TREE_H_

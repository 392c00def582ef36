#include "cosign/inclusion_proof.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace countersign::cosign {
namespace {

using crypto::Sha256Digest;

// RFC 6962 section 2.1: the first byte keeps leaves and nodes apart.
constexpr std::string_view kLeafPrefix("\x00", 1);
constexpr std::string_view kNodePrefix("\x01", 1);

std::string_view BytesOf(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256Digest NodeHash(const Sha256Digest& left, const Sha256Digest& right) {
  return crypto::Sha256(absl::StrCat(kNodePrefix, BytesOf(left), BytesOf(right)));
}

}  // namespace

Sha256Digest LeafHash(std::string_view body) {
  return crypto::Sha256(absl::StrCat(kLeafPrefix, body));
}

bool VerifyInclusion(const Sha256Digest& leaf, uint64_t index, uint64_t size,
                     absl::Span<const Sha256Digest> hashes, const Sha256Digest& root) {
  if (index >= size || hashes.size() > kMaxProofHashes) return false;
  // Where the node that has been reached, and the last one, are on their level.
  uint64_t node = index;
  uint64_t last = size - 1;
  Sha256Digest reached = leaf;
  for (const Sha256Digest& hash : hashes) {
    if (last == 0) return false;
    if (node % 2 == 1 || node == last) {
      reached = NodeHash(hash, reached);
      // A last node without a sibling stands for its parent, too.
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      reached = NodeHash(reached, hash);
    }
    node /= 2;
    last /= 2;
  }
  return last == 0 && reached == root;
}

}  // namespace countersign::cosign

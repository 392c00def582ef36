#include "cosign/test_merkle_tree.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace countersign::cosign {
namespace {

using crypto::Sha256Digest;

std::string BytesOf(const Sha256Digest& digest) {
  return std::string(digest.begin(), digest.end());
}

// The largest power of two that is smaller than `size`, which is at least 2.
size_t SplitOf(size_t size) {
  size_t split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

}  // namespace

Sha256Digest TestNodeHash(const Sha256Digest& left, const Sha256Digest& right) {
  return crypto::Sha256(absl::StrCat("\x01", BytesOf(left), BytesOf(right)));
}

Sha256Digest TestTreeRoot(absl::Span<const Sha256Digest> leaves) {
  if (leaves.size() == 1) return leaves[0];
  const size_t split = SplitOf(leaves.size());
  return TestNodeHash(TestTreeRoot(leaves.subspan(0, split)), TestTreeRoot(leaves.subspan(split)));
}

std::vector<Sha256Digest> TestTreePath(size_t index, absl::Span<const Sha256Digest> leaves) {
  if (leaves.size() == 1) return {};
  const size_t split = SplitOf(leaves.size());
  const auto left = leaves.subspan(0, split);
  const auto right = leaves.subspan(split);
  std::vector<Sha256Digest> path =
      index < split ? TestTreePath(index, left) : TestTreePath(index - split, right);
  path.push_back(TestTreeRoot(index < split ? right : left));
  return path;
}

}  // namespace countersign::cosign

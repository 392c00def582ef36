// Proofs of any indexes, sizes and hashes: they hold for the one root that RFC 6962 section 2.1.1
// makes of them, read from the root downwards, and for none where it makes none.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "cosign/inclusion_proof.h"
#include "crypto/sha256.h"

namespace countersign::cosign {
namespace {

using crypto::Sha256Digest;

std::optional<Sha256Digest> ReadRoot(const Sha256Digest& leaf, uint64_t index, uint64_t size,
                                     absl::Span<const Sha256Digest> hashes) {
  if (index >= size) return std::nullopt;
  if (size == 1) return hashes.empty() ? std::optional(leaf) : std::nullopt;
  if (hashes.empty()) return std::nullopt;
  const uint64_t split = std::bit_floor(size - 1);
  const bool is_left = index < split;
  const Sha256Digest& sibling = hashes.back();
  const std::optional<Sha256Digest> child =
      ReadRoot(leaf, is_left ? index : index - split, is_left ? split : size - split,
               hashes.subspan(0, hashes.size() - 1));
  if (!child.has_value()) return std::nullopt;
  std::string node = "\x01";
  for (const Sha256Digest& half : {is_left ? *child : sibling, is_left ? sibling : *child}) {
    node.append(half.begin(), half.end());
  }
  return crypto::Sha256(node);
}

uint64_t TakeNumber(std::string_view& bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof(number) && !bytes.empty(); ++i, bytes.remove_prefix(1)) {
    number = number << 8 | static_cast<uint8_t>(bytes.front());
  }
  return number;
}

}  // namespace

// The input: index and size in eight bytes each, then hashes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  std::string_view input(reinterpret_cast<const char*>(data), bytes);
  const uint64_t index = TakeNumber(input);
  const uint64_t size = TakeNumber(input);
  std::vector<Sha256Digest> hashes;
  for (Sha256Digest hash; input.size() >= hash.size(); input.remove_prefix(hash.size())) {
    std::copy_n(input.begin(), hash.size(), hash.begin());
    hashes.push_back(hash);
  }
  const Sha256Digest leaf = LeafHash("entry");

  std::optional<Sha256Digest> root = ReadRoot(leaf, index, size, hashes);
  if (!root.has_value()) {
    if (VerifyInclusion(leaf, index, size, hashes, leaf)) std::abort();
    if (!hashes.empty() && VerifyInclusion(leaf, index, size, hashes, hashes.back())) std::abort();
    return 0;
  }
  if (!VerifyInclusion(leaf, index, size, hashes, *root)) std::abort();
  root->front() ^= 1;
  if (VerifyInclusion(leaf, index, size, hashes, *root)) std::abort();
  return 0;
}

}  // namespace countersign::cosign

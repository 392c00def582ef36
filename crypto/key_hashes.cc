#include "crypto/key_hashes.h"

#include <cstddef>

namespace countersign::crypto {
namespace {

// The one that fits the curve; kUnspecified of keys without one.
HashAlgorithm HashOfCurve(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kEcdsaP256:
      return HashAlgorithm::kSha256;
    case KeyAlgorithm::kEcdsaP384:
      return HashAlgorithm::kSha384;
    case KeyAlgorithm::kEcdsaP521:
      return HashAlgorithm::kSha512;
    case KeyAlgorithm::kRsa:
    case KeyAlgorithm::kEd25519:
      break;
  }
  return HashAlgorithm::kUnspecified;
}

// Both in this order; one, if they are the same; none, if the second is kUnspecified.
absl::Span<const HashAlgorithm> ListOf(HashAlgorithm first, HashAlgorithm second) {
  using enum HashAlgorithm;
  static constexpr HashAlgorithm kLists[][2] = {
      {kSha256, kSha256}, {kSha256, kSha384}, {kSha256, kSha512},
      {kSha384, kSha256}, {kSha384, kSha384}, {kSha384, kSha512},
      {kSha512, kSha256}, {kSha512, kSha384}, {kSha512, kSha512},
  };
  const size_t size = first == second ? 1 : 2;
  for (const auto& list : kLists) {
    if (list[0] == first && list[1] == second) return absl::MakeConstSpan(list, size);
  }
  return {};
}

}  // namespace

absl::Span<const HashAlgorithm> UsualHashes(KeyAlgorithm algorithm) {
  return HashesWith(algorithm, HashAlgorithm::kSha256);
}

absl::Span<const HashAlgorithm> HashesWith(KeyAlgorithm algorithm, HashAlgorithm said) {
  if (algorithm == KeyAlgorithm::kEd25519) said = HashAlgorithm::kSha512;
  const HashAlgorithm of_curve = HashOfCurve(algorithm);
  return ListOf(of_curve == HashAlgorithm::kUnspecified ? said : of_curve, said);
}

}  // namespace countersign::crypto

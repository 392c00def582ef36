#include "policy/key_hash.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "crypto/hash_algorithm.h"
#include "crypto/key_algorithm.h"

namespace countersign::policy {
namespace {

using crypto::HashAlgorithm;

constexpr std::string_view kSha224 = "sha224";

constexpr std::pair<std::string_view, HashAlgorithm> kNames[] = {
    {"sha256", HashAlgorithm::kSha256},
    {"sha384", HashAlgorithm::kSha384},
    {"sha512", HashAlgorithm::kSha512},
};

HashAlgorithm HashNamed(std::string_view name) {
  for (const auto& [known, algorithm] : kNames) {
    if (name == known) return algorithm;
  }
  return HashAlgorithm::kUnspecified;
}

}  // namespace

absl::StatusOr<crypto::PublicKey> KeyWithHash(const crypto::PublicKey& key,
                                              std::string_view hash_algorithm) {
  if (hash_algorithm.empty()) return key;
  std::string name(hash_algorithm);
  absl::StripAsciiWhitespace(&name);
  absl::AsciiStrToLower(&name);
  const HashAlgorithm algorithm = HashNamed(name);
  const bool is_known = algorithm != HashAlgorithm::kUnspecified || name == kSha224;
  if (!is_known) {
    return absl::InvalidArgumentError(
        absl::StrCat("the hash algorithm ", base::Quoted(hash_algorithm),
                     " is unknown: there are sha256, sha384 and sha512"));
  }
  if (key.algorithm() == crypto::KeyAlgorithm::kEd25519) return key;
  if (name == kSha224) {
    return absl::InvalidArgumentError(
        "the hash algorithm sha224 is not supported: sha256, sha384 and sha512 are");
  }
  return key.For(algorithm);
}

}  // namespace countersign::policy

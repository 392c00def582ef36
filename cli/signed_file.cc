#include "cli/signed_file.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "base/file.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"

namespace countersign::cli {
namespace {

using crypto::HashAlgorithm;

struct Prefix {
  std::string_view text;
  HashAlgorithm algorithm;
};

constexpr Prefix kPrefixes[] = {{"sha256:", HashAlgorithm::kSha256},
                                {"sha384:", HashAlgorithm::kSha384},
                                {"sha512:", HashAlgorithm::kSha512}};

bool IsLowerHexDigit(char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); }

// What has the digest; nullopt: the text is none.
std::optional<cosign::File> ReadDigest(std::string_view text) {
  for (const Prefix& prefix : kPrefixes) {
    if (!absl::StartsWith(text, prefix.text)) continue;
    const std::string_view hex = text.substr(prefix.text.size());
    const bool is_digest = hex.size() == 2 * crypto::DigestSize(prefix.algorithm) &&
                           absl::c_all_of(hex, IsLowerHexDigit);
    if (!is_digest) return std::nullopt;
    return cosign::File{.algorithm = prefix.algorithm, .digest = absl::HexStringToBytes(hex)};
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<cosign::File> LoadSignedFile(const std::string& file_or_digest) {
  absl::StatusOr<std::string> bytes = base::LoadFile(file_or_digest, kMaxSignedFileBytes);
  if (bytes.ok()) {
    return cosign::File{.bytes = std::make_shared<const crypto::Message>(*std::move(bytes))};
  }
  std::optional<cosign::File> digest = ReadDigest(file_or_digest);
  if (!absl::IsNotFound(bytes.status()) || !digest.has_value()) return bytes.status();
  return *std::move(digest);
}

}  // namespace countersign::cli

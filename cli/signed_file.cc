#include "cli/signed_file.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "base/file.h"
#include "crypto/message.h"
#include "oci/digest.h"

namespace countersign::cli {
namespace {

crypto::Sha256Digest BytesOf(const oci::Digest& digest) {
  const std::string bytes = absl::HexStringToBytes(digest.hex());
  crypto::Sha256Digest sha256 = {};
  std::copy(bytes.begin(), bytes.end(), sha256.begin());
  return sha256;
}

}  // namespace

absl::StatusOr<cosign::File> LoadSignedFile(const std::string& file_or_digest) {
  absl::StatusOr<std::string> bytes = base::LoadFile(file_or_digest, kMaxSignedFileBytes);
  if (bytes.ok()) {
    const auto message = std::make_shared<const crypto::Message>(*std::move(bytes));
    return cosign::File{.sha256 = message->Sha256(), .bytes = message};
  }
  const absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(file_or_digest);
  if (!absl::IsNotFound(bytes.status()) || !digest.ok()) return bytes.status();
  return cosign::File{.sha256 = BytesOf(*digest)};
}

}  // namespace countersign::cli

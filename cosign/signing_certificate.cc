#include "cosign/signing_certificate.h"

#include <utility>

namespace countersign::cosign {

SigningCertificate::SigningCertificate(crypto::Certificate certificate)
    : certificate_(std::move(certificate)), identity_(IdentityOf(certificate_)) {
  absl::StatusOr<crypto::PublicKey> key =
      crypto::PublicKey::FromDer(certificate_.public_key_info());
  if (key.ok()) key_ = *std::move(key);
}

size_t SigningCertificate::memory_bytes() const {
  // It is kept as it is, in parts, and its names once more; each has a price of its own.
  constexpr size_t kCopies = 5;
  constexpr size_t kParts = 2048;
  return kParts + kCopies * certificate_.der().size();
}

}  // namespace countersign::cosign

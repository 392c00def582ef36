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
  // Its key once more, with what is worked out of that, and what holds the parts.
  constexpr size_t kParts = 6144;
  return kParts + certificate_.memory_bytes() +
         (identity_.ok() ? AllocatedBytes(*identity_) : identity_.status().message().size());
}

}  // namespace countersign::cosign

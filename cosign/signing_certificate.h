#ifndef COUNTERSIGN_COSIGN_SIGNING_CERTIFICATE_H_
#define COUNTERSIGN_COSIGN_SIGNING_CERTIFICATE_H_

#include <cstddef>
#include <optional>

#include "absl/status/statusor.h"
#include "cosign/identity.h"
#include "crypto/certificate.h"
#include "crypto/public_key.h"

namespace countersign::cosign {

// A certificate that evidence says has signed, and what all signers ask of it, worked out once.
// Nothing of it is believed. Immutable, thread-safe.
class SigningCertificate {
 public:
  // Of one that was read strictly.
  explicit SigningCertificate(crypto::Certificate certificate);

  const crypto::Certificate& certificate() const { return certificate_; }
  // Null: it is of a kind that does not sign here.
  const crypto::PublicKey* key() const { return key_.has_value() ? &*key_ : nullptr; }
  // Whom it names; InvalidArgument, in words that go on a sentence about it: why that cannot be read.
  const absl::StatusOr<CertificateIdentity>& identity() const { return identity_; }
  // What it takes in memory, about.
  size_t memory_bytes() const;

 private:
  crypto::Certificate certificate_;
  std::optional<crypto::PublicKey> key_;
  absl::StatusOr<CertificateIdentity> identity_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_SIGNING_CERTIFICATE_H_

#ifndef COUNTERSIGN_COSIGN_BUNDLE_EVIDENCE_H_
#define COUNTERSIGN_COSIGN_BUNDLE_EVIDENCE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "cosign/bundle.h"
#include "cosign/identity.h"
#include "cosign/statement.h"
#include "crypto/certificate.h"
#include "crypto/message.h"
#include "crypto/public_key.h"

namespace countersign::cosign {

// A bundle, and what all signers need of it, worked out once. Immutable, thread-safe.
class BundleEvidence {
 public:
  explicit BundleEvidence(Bundle bundle);

  // Its envelope's payload is left out.
  const Bundle& bundle() const { return bundle_; }
  // What the signature is over if it is an envelope's; null: the bundle has a message's.
  const crypto::Message* signed_bytes() const { return signed_bytes_.get(); }
  // Of an envelope, decoded.
  std::string_view payload() const;
  std::string_view payload_type() const;
  // What an envelope states. InvalidArgument, in words that go on a sentence about the evidence: why
  // that cannot be read, or that it has none.
  const absl::StatusOr<Statement>& statement() const { return statement_; }
  // Which key signed: the certificate's. Null if there is none, or one of a kind that is not read.
  const crypto::PublicKey* certified_key() const;
  const crypto::Certificate* certificate() const;
  // Whom the certificate names. InvalidArgument, in words that go on a sentence about it: why that
  // cannot be read, or that there is none.
  const absl::StatusOr<CertificateIdentity>& identity() const { return identity_; }

  // What it takes in memory, about.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  Bundle bundle_;
  size_t payload_bytes_ = 0;
  size_t memory_bytes_ = 0;
  std::unique_ptr<const crypto::Message> signed_bytes_;
  absl::StatusOr<Statement> statement_;
  std::optional<crypto::PublicKey> certified_key_;
  absl::StatusOr<CertificateIdentity> identity_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_BUNDLE_EVIDENCE_H_

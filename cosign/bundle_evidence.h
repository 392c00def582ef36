#ifndef COUNTERSIGN_COSIGN_BUNDLE_EVIDENCE_H_
#define COUNTERSIGN_COSIGN_BUNDLE_EVIDENCE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "cosign/bundle.h"
#include "cosign/envelope_evidence.h"
#include "cosign/signing_certificate.h"
#include "cosign/statement.h"
#include "crypto/message.h"

namespace countersign::cosign {

// A bundle, and what all signers need of it, worked out once. Immutable, thread-safe.
class BundleEvidence {
 public:
  explicit BundleEvidence(Bundle bundle);

  // Its envelope's payload, and its certificate, are left out.
  const Bundle& bundle() const { return bundle_; }
  // What the signature is over if it is an envelope's; null: the bundle has a message's.
  const crypto::Message* signed_bytes() const {
    return envelope_ == nullptr ? nullptr : &envelope_->signed_bytes();
  }
  // Of an envelope, decoded.
  std::string_view payload() const;
  std::string_view payload_type() const;
  // What an envelope states. InvalidArgument, in words that go on a sentence about the evidence, and
  // are printable and short: why that cannot be read, or that it has none.
  const absl::StatusOr<Statement>& statement() const;
  // Null: none signed.
  const SigningCertificate* certificate() const {
    return certificate_.has_value() ? &*certificate_ : nullptr;
  }

  // What it takes in memory, about.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  Bundle bundle_;
  size_t memory_bytes_ = 0;
  std::unique_ptr<const EnvelopeEvidence> envelope_;  // null: a message's
  std::optional<SigningCertificate> certificate_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_BUNDLE_EVIDENCE_H_

#ifndef COUNTERSIGN_COSIGN_ATTESTATION_EVIDENCE_H_
#define COUNTERSIGN_COSIGN_ATTESTATION_EVIDENCE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cosign/envelope_evidence.h"
#include "cosign/signed_envelope.h"
#include "crypto/message.h"
#include "oci/digest.h"

namespace countersign::cosign {

// The envelope that an attestation layer is, and what all signers need of it, worked out once.
// Nothing of it is believed. Immutable, thread-safe.
class AttestationEvidence {
 public:
  // `layer` is the digest of the envelope's text. `text` is that text, if somebody may have stamped
  // it; null: nobody has.
  AttestationEvidence(SignedEnvelope envelope, const oci::Digest& layer,
                      std::unique_ptr<const crypto::Message> text);

  const EnvelopeEvidence& envelope() const { return envelope_; }
  // Of the envelope, raw bytes; at least one.
  const std::vector<std::string>& signatures() const { return signatures_; }
  // The hex SHA-256 of the text.
  std::string_view text_sha256() const { return layer_.hex(); }
  const crypto::Message* text() const { return text_.get(); }

  // What it takes in memory, about.
  size_t memory_bytes() const;

 private:
  const EnvelopeEvidence envelope_;
  const std::vector<std::string> signatures_;
  const oci::Digest layer_;
  const std::unique_ptr<const crypto::Message> text_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_ATTESTATION_EVIDENCE_H_

#ifndef COUNTERSIGN_COSIGN_ENVELOPE_EVIDENCE_H_
#define COUNTERSIGN_COSIGN_ENVELOPE_EVIDENCE_H_

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "cosign/dsse.h"
#include "cosign/statement.h"
#include "crypto/message.h"

namespace countersign::cosign {

// An envelope, and what all signers need of it, worked out once. Immutable, thread-safe.
class EnvelopeEvidence {
 public:
  // The envelope is let go before its statement is read.
  explicit EnvelopeEvidence(Envelope envelope);

  // What its signatures are over.
  const crypto::Message& signed_bytes() const { return signed_bytes_; }
  std::string_view payload_type() const;
  std::string_view payload() const;  // decoded
  // What it states. InvalidArgument, in words that go on a sentence about the evidence, and are
  // printable and short: why that cannot be read.
  const absl::StatusOr<Statement>& statement() const { return statement_; }

  // What it takes in memory, about.
  size_t memory_bytes() const;

 private:
  const size_t type_bytes_;
  const size_t payload_bytes_;
  const crypto::Message signed_bytes_;
  const absl::StatusOr<Statement> statement_;
};

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_ENVELOPE_EVIDENCE_H_

#include "cosign/attestation_evidence.h"

#include <utility>

namespace countersign::cosign {
namespace {

// What it and each of its parts takes in memory beside its bytes.
constexpr size_t kPieceBytes = 512;

}  // namespace

AttestationEvidence::AttestationEvidence(SignedEnvelope envelope, const oci::Digest& layer,
                                         std::unique_ptr<const crypto::Message> text)
    : envelope_(std::move(envelope.envelope)),
      signatures_(std::move(envelope.signatures)),
      layer_(layer),
      text_(std::move(text)) {}

size_t AttestationEvidence::memory_bytes() const {
  size_t bytes = kPieceBytes + envelope_.memory_bytes();
  for (const std::string& signature : signatures_) bytes += kPieceBytes + signature.capacity();
  if (text_ != nullptr) bytes += kPieceBytes + text_->bytes().size();
  return bytes;
}

}  // namespace countersign::cosign

#include "cosign/bundle_evidence.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "cosign/dsse.h"
#include "cosign/log_entry_data.h"
#include "cosign/material.h"

namespace countersign::cosign {
namespace {

// What a bundle and each of its parts takes in memory beside its bytes.
constexpr size_t kPieceBytes = 1024;

size_t MemoryOf(const Bundle& bundle) {
  size_t bytes = kPieceBytes + bundle.signature.size();
  for (const LogEntry& entry : bundle.entries) bytes += MemoryBytes(entry);
  for (const std::string& timestamp : bundle.timestamps) bytes += kPieceBytes + timestamp.size();
  if (const auto* hint = std::get_if<KeyHint>(&bundle.material)) bytes += hint->hint.size();
  if (const auto* envelope = std::get_if<Envelope>(&bundle.content)) {
    bytes += envelope->payload_type.size();
  }
  return bytes;
}

const absl::StatusOr<Statement>& OfMessage() {
  static const auto* const none = new absl::StatusOr<Statement>(
      absl::InvalidArgumentError("it states nothing: it signs a message"));
  return *none;
}

}  // namespace

BundleEvidence::BundleEvidence(Bundle bundle) : bundle_(std::move(bundle)) {
  if (auto* envelope = std::get_if<Envelope>(&bundle_.content)) {
    envelope_ = std::make_unique<const EnvelopeEvidence>(
        Envelope{envelope->payload_type, std::exchange(envelope->payload, {})});
  }
  if (auto* certificate = std::get_if<crypto::Certificate>(&bundle_.material)) {
    certificate_.emplace(std::move(*certificate));
    bundle_.material = std::monostate();
  }
  memory_bytes_ = MemoryOf(bundle_);
  if (envelope_ != nullptr) memory_bytes_ += envelope_->memory_bytes();
  if (certificate_.has_value()) memory_bytes_ += certificate_->memory_bytes();
}

std::string_view BundleEvidence::payload() const {
  return envelope_ == nullptr ? std::string_view() : envelope_->payload();
}

std::string_view BundleEvidence::payload_type() const {
  return envelope_ == nullptr ? std::string_view() : envelope_->payload_type();
}

const absl::StatusOr<Statement>& BundleEvidence::statement() const {
  return envelope_ == nullptr ? OfMessage() : envelope_->statement();
}

}  // namespace countersign::cosign

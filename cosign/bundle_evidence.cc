#include "cosign/bundle_evidence.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/dsse.h"
#include "cosign/log_entry_data.h"
#include "cosign/material.h"

namespace countersign::cosign {
namespace {

// Of what others wrote, in one phrase.
constexpr size_t kMaxQuotedBytes = 200;

absl::StatusOr<Statement> StatementOf(const Envelope& envelope) {
  if (envelope.payload_type != kInTotoPayloadType) {
    return absl::InvalidArgumentError(
        absl::StrCat("its payload is not of the type ", kInTotoPayloadType));
  }
  absl::StatusOr<Statement> statement = ParseStatement(envelope.payload);
  if (statement.ok()) return statement;
  return absl::InvalidArgumentError(
      absl::StrCat("its statement cannot be read: ",
                   base::Printable(statement.status().message(), kMaxQuotedBytes)));
}

// What takes memory beside its bytes: a bundle and each of its parts, a subject, and each text that
// has a name.
constexpr size_t kPieceBytes = 1024;
constexpr size_t kSubjectBytes = 512;
constexpr size_t kTextBytes = 160;

size_t MemoryOf(const std::map<std::string, std::string, std::less<>>& texts) {
  size_t bytes = 0;
  for (const auto& [name, text] : texts) bytes += kTextBytes + name.capacity() + text.capacity();
  return bytes;
}

size_t MemoryOf(const Statement& statement) {
  size_t bytes = statement.predicate_type.size();
  for (const Subject& subject : statement.subjects) {
    bytes += kSubjectBytes + subject.name.capacity() + MemoryOf(subject.digests) +
             MemoryOf(subject.annotations);
  }
  return bytes;
}

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

}  // namespace

BundleEvidence::BundleEvidence(Bundle bundle)
    : bundle_(std::move(bundle)),
      statement_(absl::InvalidArgumentError("it states nothing: it signs a message")) {
  if (auto* envelope = std::get_if<Envelope>(&bundle_.content)) {
    statement_ = StatementOf(*envelope);
    payload_bytes_ = envelope->payload.size();
    signed_bytes_ = std::make_unique<const crypto::Message>(
        PreAuthenticationEncoding(envelope->payload_type, envelope->payload));
    // An assignment would keep its memory.
    std::string().swap(envelope->payload);
  }
  if (auto* certificate = std::get_if<crypto::Certificate>(&bundle_.material)) {
    certificate_.emplace(std::move(*certificate));
    bundle_.material = std::monostate();
  }
  memory_bytes_ = MemoryOf(bundle_);
  if (signed_bytes_ != nullptr) memory_bytes_ += signed_bytes_->bytes().size();
  if (certificate_.has_value()) memory_bytes_ += certificate_->memory_bytes();
  memory_bytes_ += statement_.ok() ? MemoryOf(*statement_) : statement_.status().message().size();
}

std::string_view BundleEvidence::payload() const {
  if (signed_bytes_ == nullptr) return "";
  const std::string_view bytes = signed_bytes_->bytes();
  return bytes.substr(bytes.size() - payload_bytes_);
}

std::string_view BundleEvidence::payload_type() const {
  const auto* envelope = std::get_if<Envelope>(&bundle_.content);
  return envelope == nullptr ? std::string_view() : envelope->payload_type;
}

}  // namespace countersign::cosign

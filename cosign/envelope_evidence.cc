#include "cosign/envelope_evidence.h"

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::cosign {
namespace {

// Of what others wrote, in one phrase.
constexpr size_t kMaxQuotedBytes = 200;

// The envelope goes with it.
std::string SignedBytesOf(Envelope envelope) {
  return PreAuthenticationEncoding(envelope.payload_type, envelope.payload);
}

absl::StatusOr<Statement> StatementOf(std::string_view payload_type, std::string_view payload) {
  if (payload_type != kInTotoPayloadType) {
    return absl::InvalidArgumentError(
        absl::StrCat("its payload is not of the type ", kInTotoPayloadType));
  }
  absl::StatusOr<Statement> statement = ParseStatement(payload);
  if (statement.ok()) return statement;
  return absl::InvalidArgumentError(
      absl::StrCat("its statement cannot be read: ",
                   base::Printable(statement.status().message(), kMaxQuotedBytes)));
}

// What takes memory beside its bytes: an envelope, a subject, and each text that has a name.
constexpr size_t kEnvelopeBytes = 512;
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

}  // namespace

EnvelopeEvidence::EnvelopeEvidence(Envelope envelope)
    : type_bytes_(envelope.payload_type.size()),
      payload_bytes_(envelope.payload.size()),
      signed_bytes_(SignedBytesOf(std::move(envelope))),
      statement_(StatementOf(payload_type(), payload())) {}

std::string_view EnvelopeEvidence::payload_type() const {
  // Behind "DSSEv1 " and its length.
  const size_t before = absl::StrCat("DSSEv1 ", type_bytes_, " ").size();
  return signed_bytes_.bytes().substr(before, type_bytes_);
}

std::string_view EnvelopeEvidence::payload() const {
  const std::string_view bytes = signed_bytes_.bytes();
  return bytes.substr(bytes.size() - payload_bytes_);
}

size_t EnvelopeEvidence::memory_bytes() const {
  return kEnvelopeBytes + signed_bytes_.bytes().size() +
         (statement_.ok() ? MemoryOf(*statement_) : statement_.status().message().size());
}

}  // namespace countersign::cosign

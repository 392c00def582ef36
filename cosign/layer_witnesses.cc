#include "cosign/layer_witnesses.h"

#include <cstdint>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/pem_block.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/log_entry_json.h"
#include "crypto/timestamp.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;

constexpr base::JsonLimits kLimits = {.max_bytes = 2 << 20, .max_depth = 32, .max_values = 10'000};

// "": there is none.
std::string_view Find(const std::map<std::string, std::string>& annotations,
                      std::string_view name) {
  const auto found = annotations.find(std::string(name));
  return found == annotations.end() ? std::string_view() : found->second;
}

// As much is said of why: the label of a PEM block, which is named, has any length.
constexpr size_t kMaxReasonBytes = 300;

absl::Status AnnotationError(std::string_view name, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "its annotation \"", name, "\" cannot be read: ", base::Printable(why, kMaxReasonBytes)));
}

// The first in the text: others are not looked at.
absl::StatusOr<crypto::Certificate> ReadCertificate(std::string_view pem) {
  if (pem.size() > kMaxCertificateBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has more than ", kMaxCertificateBytes, " bytes"));
  }
  CS_ASSIGN_OR_RETURN(const std::vector<crypto::Certificate> chain,
                      crypto::Certificate::ParseChain(base::FirstPemBlock(pem).value_or(pem)));
  return crypto::Certificate::FromDerStrictly(chain.front().der());
}

// Kind and version, which a bundle says beside the body.
absl::Status ReadKind(LogEntry& entry) {
  CS_ASSIGN_OR_RETURN(const base::Json body, base::ParseJson(entry.body, kLimits));
  const JsonPlace place(body);
  CS_ASSIGN_OR_RETURN(entry.kind, place.RequiredString("kind"));
  CS_ASSIGN_OR_RETURN(entry.version, place.RequiredString("apiVersion"));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> RequiredNatural(const JsonPlace& place, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const JsonPlace member, place.Required(name));
  CS_ASSIGN_OR_RETURN(const int64_t value, member.Integer());
  if (value < 0) return member.Error("must not be negative");
  return value;
}

absl::StatusOr<std::string> ReadLogId(const JsonPlace& payload) {
  CS_ASSIGN_OR_RETURN(const std::string hex, payload.RequiredString("logID"));
  if (hex.size() % 2 != 0 || !absl::c_all_of(hex, absl::ascii_isxdigit)) {
    return payload.MemberError("logID", "must be pairs of hex digits");
  }
  return absl::HexStringToBytes(hex);
}

absl::StatusOr<LogEntry> ReadEntry(std::string_view json) {
  CS_ASSIGN_OR_RETURN(const base::Json document, base::ParseJson(json, kLimits));
  const JsonPlace place(document);
  LogEntry entry;
  CS_ASSIGN_OR_RETURN(const JsonPlace promise, place.Required("SignedEntryTimestamp"));
  CS_ASSIGN_OR_RETURN(entry.promise, promise.Bytes());
  CS_ASSIGN_OR_RETURN(const JsonPlace payload, place.RequiredObject("Payload"));
  CS_ASSIGN_OR_RETURN(const JsonPlace body, payload.Required("body"));
  CS_ASSIGN_OR_RETURN(entry.body, body.Bytes());
  if (entry.promise.empty()) {
    return place.MemberError("SignedEntryTimestamp", "must not be empty");
  }
  if (entry.body.empty() || entry.body.size() > kMaxLogEntryBodyBytes) {
    return body.Error(absl::StrCat("must be 1 to ", kMaxLogEntryBodyBytes, " bytes"));
  }
  CS_ASSIGN_OR_RETURN(entry.integrated_time, RequiredNatural(payload, "integratedTime"));
  CS_ASSIGN_OR_RETURN(const int64_t index, RequiredNatural(payload, "logIndex"));
  entry.index = static_cast<uint64_t>(index);
  CS_ASSIGN_OR_RETURN(entry.log_id, ReadLogId(payload));
  const absl::Status kind = ReadKind(entry);
  if (!kind.ok()) return body.Error(absl::StrCat("is of no kind that is read: ", kind.message()));
  return entry;
}

absl::StatusOr<std::string> ReadTimestamp(std::string_view json) {
  CS_ASSIGN_OR_RETURN(const base::Json document, base::ParseJson(json, kLimits));
  const JsonPlace place(document);
  CS_ASSIGN_OR_RETURN(const JsonPlace member, place.Required("SignedRFC3161Timestamp"));
  CS_ASSIGN_OR_RETURN(std::string timestamp, member.Bytes());
  if (timestamp.empty() || timestamp.size() > crypto::kMaxTimestampBytes) {
    return member.Error(absl::StrCat("must be 1 to ", crypto::kMaxTimestampBytes, " bytes"));
  }
  return timestamp;
}

}  // namespace

size_t LayerWitnesses::memory_bytes() const {
  constexpr size_t kPieceBytes = 512;
  size_t bytes = kPieceBytes;
  if (certificate.has_value()) bytes += certificate->memory_bytes();
  for (const LogEntry& entry : entries) bytes += MemoryBytes(entry);
  for (const std::string& timestamp : timestamps) bytes += kPieceBytes + timestamp.size();
  return bytes;
}

absl::StatusOr<std::shared_ptr<const LayerWitnesses>> ReadLayerWitnesses(
    const std::map<std::string, std::string>& annotations) {
  const std::string_view certificate = Find(annotations, kCertificateAnnotation);
  const std::string_view entry = Find(annotations, kLogEntryAnnotation);
  const std::string_view timestamp = Find(annotations, kTimestampAnnotation);
  if (certificate.empty() && entry.empty() && timestamp.empty()) return nullptr;
  LayerWitnesses witnesses;
  if (!certificate.empty()) {
    auto read = ReadCertificate(certificate);
    if (!read.ok()) return AnnotationError(kCertificateAnnotation, read.status().message());
    witnesses.certificate.emplace(*std::move(read));
  }
  if (!entry.empty()) {
    auto read = ReadEntry(entry);
    if (!read.ok()) return AnnotationError(kLogEntryAnnotation, read.status().message());
    witnesses.entries.push_back(*std::move(read));
  }
  if (!timestamp.empty()) {
    auto read = ReadTimestamp(timestamp);
    if (!read.ok()) return AnnotationError(kTimestampAnnotation, read.status().message());
    witnesses.timestamps.push_back(*std::move(read));
  }
  witnesses.id = crypto::Sha256(absl::StrCat(certificate.size(), " ", entry.size(), " ",
                                             timestamp.size(), " ", certificate, entry, timestamp));
  return std::make_shared<const LayerWitnesses>(std::move(witnesses));
}

}  // namespace countersign::cosign

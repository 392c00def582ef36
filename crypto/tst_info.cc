#include "crypto/tst_info.h"

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/der.h"

namespace countersign::crypto {
namespace {

constexpr uint64_t kVersion1 = 1;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("what it says (TSTInfo) is malformed: ", what));
}

absl::Status ReadImprint(DerReader& parts, TstInfo& info) {
  std::string_view contents;
  std::string_view algorithm;
  if (!parts.Read(DerTag::kSequence, contents)) return Malformed("it has no imprint");
  DerReader imprint(contents);
  if (!imprint.ReadElement(DerTag::kSequence, algorithm) ||
      !imprint.Read(DerTag::kOctetString, info.imprint) || !imprint.AtEnd()) {
    return Malformed("its imprint");
  }
  info.imprint_algorithm = ReadHashAlgorithm(algorithm);
  if (info.imprint_algorithm == HashAlgorithm::kUnspecified) {
    return absl::InvalidArgumentError("its imprint is not of SHA-256, SHA-384 or SHA-512");
  }
  if (info.imprint.size() != DigestSize(info.imprint_algorithm)) {
    return absl::InvalidArgumentError("its imprint has not the length of its hash");
  }
  return absl::OkStatus();
}

absl::Status ReadTime(DerReader& parts, TstInfo& info) {
  std::string_view text;
  if (!parts.Read(DerTag::kGeneralizedTime, text)) return Malformed("it has no time");
  const std::optional<absl::Time> time = ParseGeneralizedTime(text);
  if (!time.has_value()) return Malformed("its time");
  info.time = *time;
  return absl::OkStatus();
}

// Extensions (RFC 5280 section 4.1) that nobody needs to understand.
absl::Status CheckExtensions(std::string_view contents) {
  DerReader list(contents);
  while (!list.AtEnd()) {
    std::string_view extension;
    if (!list.Read(DerTag::kSequence, extension)) return Malformed("its extensions");
    DerReader parts(extension);
    std::string_view oid;
    std::string_view value;
    bool is_critical = false;
    if (!parts.ReadOid(oid) ||
        (parts.NextIs(DerTag::kBoolean) && !parts.ReadBoolean(is_critical)) ||
        !parts.Read(DerTag::kOctetString, value) || !parts.AtEnd()) {
      return Malformed("its extensions");
    }
    if (is_critical) return absl::InvalidArgumentError("it has an unknown critical extension");
  }
  return absl::OkStatus();
}

// Accuracy, ordering, nonce, the authority's name and extensions: each may be there.
absl::Status ReadOptionalParts(DerReader& parts) {
  std::string_view unused;
  bool ordering = false;
  std::string_view extensions;
  const bool read =
      (!parts.NextIs(DerTag::kSequence) || parts.Read(DerTag::kSequence, unused)) &&
      (!parts.NextIs(DerTag::kBoolean) || parts.ReadBoolean(ordering)) &&
      (!parts.NextIs(DerTag::kInteger) || parts.ReadInteger(unused)) &&
      (!parts.NextIs(ConstructedTag(0)) || parts.Read(ConstructedTag(0), unused)) &&
      (!parts.NextIs(ConstructedTag(1)) || parts.Read(ConstructedTag(1), extensions)) &&
      parts.AtEnd();
  return read ? CheckExtensions(extensions) : Malformed("what follows its time");
}

}  // namespace

absl::StatusOr<TstInfo> ReadTstInfo(std::string_view der) {
  DerReader whole(der);
  std::string_view contents;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) {
    return Malformed("it is no DER sequence");
  }
  DerReader parts(contents);
  uint64_t version = 0;
  std::string_view policy;
  std::string_view serial;
  if (!parts.ReadUnsigned(version) || version != kVersion1) {
    return Malformed("it is not of version 1");
  }
  if (!parts.Read(DerTag::kObjectIdentifier, policy)) return Malformed("it has no policy");
  TstInfo info;
  CS_RETURN_IF_ERROR(ReadImprint(parts, info));
  if (!parts.ReadInteger(serial)) return Malformed("it has no serial number");
  CS_RETURN_IF_ERROR(ReadTime(parts, info));
  CS_RETURN_IF_ERROR(ReadOptionalParts(parts));
  return info;
}

}  // namespace countersign::crypto

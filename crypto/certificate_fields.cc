#include "crypto/certificate_fields.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::crypto {
namespace {

// As it is written: versions are counted from zero.
constexpr uint64_t kVersion3 = 2;

absl::Status Malformed() { return absl::InvalidArgumentError("it is no strict DER certificate"); }

absl::Status ReadVersion(DerReader& tbs) {
  std::string_view explicitly;
  uint64_t version = 0;
  if (!tbs.Read(ConstructedTag(0), explicitly)) {
    return absl::InvalidArgumentError("it is not of version 3");
  }
  DerReader inside(explicitly);
  if (!inside.ReadUnsigned(version) || !inside.AtEnd()) return Malformed();
  if (version != kVersion3) return absl::InvalidArgumentError("it is not of version 3");
  return absl::OkStatus();
}

// RFC 5280 section 4.1.2.5: either form, to the second.
bool ReadTime(DerReader& validity, absl::Time& time) {
  std::string_view text;
  std::optional<absl::Time> read;
  if (validity.Read(DerTag::kUtcTime, text)) {
    read = ParseUtcTime(text);
  } else if (validity.Read(DerTag::kGeneralizedTime, text) && !absl::StrContains(text, '.')) {
    read = ParseGeneralizedTime(text);
  }
  if (read.has_value()) time = *read;
  return read.has_value();
}

absl::Status ReadValidity(DerReader& tbs, CertificateFields& fields) {
  std::string_view contents;
  if (!tbs.Read(DerTag::kSequence, contents)) return Malformed();
  DerReader validity(contents);
  if (!ReadTime(validity, fields.not_before) || !ReadTime(validity, fields.not_after) ||
      !validity.AtEnd()) {
    return absl::InvalidArgumentError("its validity is not two times as certificates have them");
  }
  return absl::OkStatus();
}

// issuerUniqueID and subjectUniqueID, which nobody looks at.
bool SkipUniqueIds(DerReader& tbs) {
  std::string_view unused;
  for (const uint8_t number : {1, 2}) {
    const DerTag tag = PrimitiveTag(number);
    if (tbs.NextIs(tag) && !tbs.Read(tag, unused)) return false;
  }
  return true;
}

bool ReadExtension(DerReader& list, CertificateExtension& extension) {
  DerReader ahead = list;
  std::string_view contents;
  if (!list.ReadElement(DerTag::kSequence, extension.element) ||
      !ahead.Read(DerTag::kSequence, contents)) {
    return false;
  }
  DerReader parts(contents);
  if (!parts.ReadOid(extension.oid)) return false;
  // FALSE is the default, which DER leaves out; there are authorities who write it all the same.
  if (parts.NextIs(DerTag::kBoolean) && !parts.ReadBoolean(extension.is_critical)) return false;
  return parts.Read(DerTag::kOctetString, extension.value) && parts.AtEnd();
}

bool HasDuplicates(const std::vector<CertificateExtension>& extensions) {
  std::vector<std::string_view> oids;
  oids.reserve(extensions.size());
  for (const CertificateExtension& extension : extensions) oids.push_back(extension.oid);
  std::sort(oids.begin(), oids.end());
  return std::adjacent_find(oids.begin(), oids.end()) != oids.end();
}

absl::Status ReadExtensions(DerReader& tbs, CertificateFields& fields) {
  if (tbs.AtEnd()) return absl::OkStatus();
  std::string_view explicitly;
  std::string_view contents;
  if (!tbs.Read(ConstructedTag(3), explicitly) || !tbs.AtEnd()) return Malformed();
  DerReader inside(explicitly);
  if (!inside.Read(DerTag::kSequence, contents) || !inside.AtEnd()) return Malformed();
  DerReader list(contents);
  // SIZE (1..MAX)
  if (list.AtEnd()) return Malformed();
  while (!list.AtEnd()) {
    if (fields.extensions.size() == kMaxExtensions) {
      return absl::ResourceExhaustedError(
          absl::StrCat("it has more than ", kMaxExtensions, " extensions"));
    }
    CertificateExtension extension;
    if (!ReadExtension(list, extension)) return Malformed();
    fields.extensions.push_back(extension);
  }
  if (HasDuplicates(fields.extensions)) {
    return absl::InvalidArgumentError("it has an extension twice");
  }
  return absl::OkStatus();
}

absl::Status ReadTbs(CertificateFields& fields) {
  std::string_view contents;
  if (!DerReader(fields.tbs).Read(DerTag::kSequence, contents)) return Malformed();
  DerReader tbs(contents);
  std::string_view algorithm;
  CS_RETURN_IF_ERROR(ReadVersion(tbs));
  if (!tbs.ReadInteger(fields.serial) || !tbs.ReadElement(DerTag::kSequence, algorithm) ||
      !tbs.ReadElement(DerTag::kSequence, fields.issuer)) {
    return Malformed();
  }
  if (algorithm != fields.signature_algorithm) {
    return absl::InvalidArgumentError("it names two algorithms for one signature");
  }
  CS_RETURN_IF_ERROR(ReadValidity(tbs, fields));
  if (!tbs.ReadElement(DerTag::kSequence, fields.subject) ||
      !tbs.ReadElement(DerTag::kSequence, fields.public_key_info) || !SkipUniqueIds(tbs)) {
    return Malformed();
  }
  return ReadExtensions(tbs, fields);
}

}  // namespace

const CertificateExtension* CertificateFields::Find(const Oid& oid) const {
  const auto found =
      std::find_if(extensions.begin(), extensions.end(),
                   [&](const CertificateExtension& each) { return each.oid == oid.bytes(); });
  return found == extensions.end() ? nullptr : &*found;
}

absl::StatusOr<CertificateFields> ReadCertificateFields(std::string_view der) {
  if (der.size() > kMaxCertificateBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("it is longer than ", kMaxCertificateBytes, " bytes"));
  }
  DerReader whole(der);
  std::string_view contents;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) return Malformed();
  DerReader parts(contents);
  CertificateFields fields;
  if (!parts.ReadElement(DerTag::kSequence, fields.tbs) ||
      !parts.ReadElement(DerTag::kSequence, fields.signature_algorithm) ||
      !parts.ReadBitString(fields.signature) || !parts.AtEnd()) {
    return Malformed();
  }
  CS_RETURN_IF_ERROR(ReadTbs(fields));
  return fields;
}

}  // namespace countersign::crypto

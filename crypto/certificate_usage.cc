#include "crypto/certificate_usage.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"

namespace countersign::crypto {
namespace {

constexpr Oid kKeyUsage("2.5.29.15");
constexpr Oid kBasicConstraints("2.5.29.19");
constexpr Oid kExtendedKeyUsage("2.5.29.37");

// The bits of keyUsage.
constexpr size_t kDigitalSignature = 0;
constexpr size_t kKeyCertSign = 5;

bool ReadBasicConstraints(std::string_view value, CertificateUsage& usage) {
  DerReader whole(value);
  std::string_view contents;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) return false;
  DerReader parts(contents);
  if (parts.NextIs(DerTag::kBoolean) && !parts.ReadBoolean(usage.is_authority)) return false;
  if (!parts.AtEnd()) {
    uint64_t path_length = 0;
    // Only of an authority is there a path that goes on.
    if (!parts.ReadUnsigned(path_length) || !usage.is_authority) return false;
    usage.path_length = path_length;
  }
  return parts.AtEnd();
}

// `bits` are the contents of a BIT STRING; what is not written is not set.
bool HasBit(std::string_view bits, size_t number) {
  const size_t byte = 1 + number / 8;
  return byte < bits.size() && (static_cast<uint8_t>(bits[byte]) >> (7 - number % 8) & 1) != 0;
}

bool ReadKeyUsage(std::string_view value, CertificateUsage& usage) {
  DerReader whole(value);
  std::string_view bits;
  if (!whole.Read(DerTag::kBitString, bits) || !whole.AtEnd() || bits.empty()) return false;
  const size_t unused = static_cast<uint8_t>(bits.front());
  // What is not used of the last byte is zero.
  const uint8_t last = static_cast<uint8_t>(bits.back());
  if (bits.size() < 2 || unused > 7 || (last & ((1u << unused) - 1)) != 0) return false;
  usage.may_sign = HasBit(bits, kDigitalSignature);
  usage.may_certify = HasBit(bits, kKeyCertSign);
  return true;
}

bool ReadPurposes(const CertificateExtension& extension, CertificateUsage& usage) {
  DerReader whole(extension.value);
  std::string_view contents;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd() || contents.empty()) return false;
  usage.purposes.emplace().are_critical = extension.is_critical;
  DerReader list(contents);
  while (!list.AtEnd()) {
    std::string_view oid;
    if (!list.ReadOid(oid)) return false;
    usage.purposes->oids.push_back(oid);
  }
  return true;
}

bool IsKnown(const CertificateExtension& extension) {
  for (const Oid& known :
       {kKeyUsage, kSubjectAltName, kBasicConstraints, kNameConstraints, kExtendedKeyUsage}) {
    if (extension.oid == known.bytes()) return true;
  }
  return false;
}

}  // namespace

bool CertificateUsage::HasPurpose(const Oid& oid) const {
  return purposes.has_value() && std::find(purposes->oids.begin(), purposes->oids.end(),
                                           oid.bytes()) != purposes->oids.end();
}

absl::StatusOr<CertificateUsage> ReadCertificateUsage(const CertificateFields& fields) {
  CertificateUsage usage;
  const CertificateExtension* const constraints = fields.Find(kBasicConstraints);
  if (constraints != nullptr && !ReadBasicConstraints(constraints->value, usage)) {
    return absl::InvalidArgumentError("its basicConstraints are malformed");
  }
  const CertificateExtension* const key_usage = fields.Find(kKeyUsage);
  if (key_usage != nullptr && !ReadKeyUsage(key_usage->value, usage)) {
    return absl::InvalidArgumentError("its keyUsage is malformed");
  }
  const CertificateExtension* const purposes = fields.Find(kExtendedKeyUsage);
  if (purposes != nullptr && !ReadPurposes(*purposes, usage)) {
    return absl::InvalidArgumentError("its extKeyUsage is malformed");
  }
  for (const CertificateExtension& extension : fields.extensions) {
    if (extension.is_critical && !IsKnown(extension)) usage.has_unknown_critical = true;
  }
  usage.is_precertificate = fields.Find(kPrecertificatePoison) != nullptr;
  return usage;
}

}  // namespace countersign::crypto

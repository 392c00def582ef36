#include "crypto/certificate_id.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/sha.h>

#include <string>

#include "crypto/der.h"
#include "crypto/message.h"

namespace countersign::crypto {
namespace {

std::string Sha1(std::string_view bytes) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
       reinterpret_cast<uint8_t*>(digest.data()));
  return digest;
}

std::string HashOf(std::string_view der, HashAlgorithm algorithm) {
  if (algorithm == HashAlgorithm::kUnspecified) return Sha1(der);
  return DigestOf(Message(std::string(der)), algorithm);
}

// IssuerSerial (RFC 5035 section 5).
bool ReadIssuerSerial(std::string_view contents, CertificateId::IssuerSerial& read) {
  DerReader parts(contents);
  return parts.Read(DerTag::kSequence, read.issuer) && parts.ReadInteger(read.serial) &&
         parts.AtEnd();
}

// What ESSCertID and ESSCertIDv2 have in common, after the hash's algorithm.
bool ReadHashAndIssuer(DerReader& parts, CertificateId& id) {
  if (!parts.Read(DerTag::kOctetString, id.digest)) return false;
  if (parts.AtEnd()) return true;
  std::string_view issuer_serial;
  return parts.Read(DerTag::kSequence, issuer_serial) && parts.AtEnd() &&
         ReadIssuerSerial(issuer_serial, id.issuer_serial.emplace());
}

// The contents of the first ID of a SigningCertificate of either version: both are a sequence of IDs
// and, perhaps, one of policies.
std::optional<std::string_view> FirstId(std::string_view der) {
  DerReader whole(der);
  std::string_view contents;
  std::string_view ids;
  std::string_view policies;
  std::string_view first;
  if (!whole.Read(DerTag::kSequence, contents) || !whole.AtEnd()) return std::nullopt;
  DerReader parts(contents);
  if (!parts.Read(DerTag::kSequence, ids)) return std::nullopt;
  if (!parts.AtEnd() && (!parts.Read(DerTag::kSequence, policies) || !parts.AtEnd())) {
    return std::nullopt;
  }
  if (!DerReader(ids).Read(DerTag::kSequence, first)) return std::nullopt;
  return first;
}

bool HoldsDirectoryName(std::string_view general_names, std::string_view name) {
  DerReader names(general_names);
  std::string_view element;
  while (!names.AtEnd()) {
    std::string_view directory_name;
    if (names.Read(ConstructedTag(4), directory_name)) {
      if (directory_name == name) return true;
    } else if (!names.ReadAnyElement(element)) {
      return false;
    }
  }
  return false;
}

}  // namespace

std::optional<CertificateId> ReadSigningCertificate(std::string_view der) {
  const std::optional<std::string_view> first = FirstId(der);
  if (!first.has_value()) return std::nullopt;
  DerReader parts(*first);
  CertificateId id;
  if (!ReadHashAndIssuer(parts, id)) return std::nullopt;
  return id;
}

std::optional<CertificateId> ReadSigningCertificateV2(std::string_view der) {
  const std::optional<std::string_view> first = FirstId(der);
  if (!first.has_value()) return std::nullopt;
  DerReader parts(*first);
  CertificateId id = {.algorithm = HashAlgorithm::kSha256};
  std::string_view algorithm;
  if (parts.ReadElement(DerTag::kSequence, algorithm)) id.algorithm = ReadHashAlgorithm(algorithm);
  if (id.algorithm == HashAlgorithm::kUnspecified || !ReadHashAndIssuer(parts, id)) {
    return std::nullopt;
  }
  return id;
}

bool IsIdOf(const CertificateId& id, std::string_view der, const CertificateFields& fields) {
  if (HashOf(der, id.algorithm) != id.digest) return false;
  return !id.issuer_serial.has_value() ||
         (id.issuer_serial->serial == fields.serial &&
          HoldsDirectoryName(id.issuer_serial->issuer, fields.issuer));
}

}  // namespace countersign::crypto

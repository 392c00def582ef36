#include "crypto/sct.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/bytestring.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "crypto/certificate_fields.h"
#include "crypto/der.h"
#include "crypto/message.h"

namespace countersign::crypto {
namespace {

constexpr Oid kSctList("1.3.6.1.4.1.11129.2.4.2");

// As they are written: Version.v1, SignatureType.certificate_timestamp, LogEntryType.precert_entry.
constexpr uint8_t kVersion1 = 0;
constexpr uint8_t kCertificateTimestamp = 0;
constexpr uint16_t kPrecertificateEntry = 1;

// HashAlgorithm and SignatureAlgorithm of TLS (RFC 5246 section 7.4.1.4.1).
constexpr uint8_t kSha256 = 4;
constexpr uint8_t kRsa = 1;
constexpr uint8_t kEcdsa = 3;

// The last millisecond of the year 9999.
constexpr uint64_t kMaxMilliseconds = 253402300799999;

absl::Status Malformed() {
  return absl::InvalidArgumentError("its list of signed certificate timestamps is malformed");
}

std::string ToString(const CBS& bytes) {
  return std::string(reinterpret_cast<const char*>(CBS_data(&bytes)), CBS_len(&bytes));
}

bool AddBytes(CBB* to, std::string_view bytes) {
  return CBB_add_bytes(to, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) == 1;
}

SignatureScheme SchemeOf(uint8_t hash, uint8_t algorithm) {
  if (hash != kSha256) return SignatureScheme::kUnspecified;
  if (algorithm == kEcdsa) return SignatureScheme::kEcdsaSha256;
  return algorithm == kRsa ? SignatureScheme::kRsaPkcs1Sha256 : SignatureScheme::kUnspecified;
}

// One of version 1, after its version.
absl::StatusOr<Sct> ReadSct(CBS serialized) {
  Sct sct;
  uint64_t milliseconds = 0;
  uint8_t hash = 0;
  uint8_t algorithm = 0;
  CBS extensions, signature;
  if (!CBS_copy_bytes(&serialized, sct.log_id.data(), sct.log_id.size()) ||
      !CBS_get_u64(&serialized, &milliseconds) || milliseconds > kMaxMilliseconds ||
      !CBS_get_u16_length_prefixed(&serialized, &extensions) || !CBS_get_u8(&serialized, &hash) ||
      !CBS_get_u8(&serialized, &algorithm) ||
      !CBS_get_u16_length_prefixed(&serialized, &signature) || CBS_len(&serialized) != 0) {
    return Malformed();
  }
  sct.time = absl::FromUnixMillis(static_cast<int64_t>(milliseconds));
  sct.extensions = ToString(extensions);
  sct.scheme = SchemeOf(hash, algorithm);
  sct.signature = ToString(signature);
  return sct;
}

// The extensions without the list, as TBSCertificate's [3]; nothing if none is left.
bool AddOtherExtensions(CBB* tbs, const CertificateFields& fields) {
  if (fields.extensions.size() == 1) return true;
  CBB explicitly, sequence;
  if (!CBB_add_asn1(tbs, &explicitly, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3) ||
      !CBB_add_asn1(&explicitly, &sequence, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  for (const CertificateExtension& extension : fields.extensions) {
    if (extension.oid != kSctList.bytes() && !AddBytes(&sequence, extension.element)) return false;
  }
  return CBB_flush(tbs) == 1;
}

// What the log was shown (section 3.2): the TBSCertificate without the list, every byte else as it
// stands. `fields` have the list.
bool AddPrecertificateTbs(CBB* to, const CertificateFields& fields) {
  std::string_view contents;
  CBB tbs;
  if (!DerReader(fields.tbs).Read(DerTag::kSequence, contents) ||
      !CBB_add_asn1(to, &tbs, CBS_ASN1_SEQUENCE)) {
    return false;
  }
  DerReader parts(contents);
  while (!parts.AtEnd()) {
    const bool are_extensions = parts.NextIs(ConstructedTag(3));
    std::string_view element;
    if (!parts.ReadAnyElement(element)) return false;
    if (are_extensions ? !AddOtherExtensions(&tbs, fields) : !AddBytes(&tbs, element)) return false;
  }
  return CBB_flush(to) == 1;
}

// Nullopt if there is no memory for them, or a certificate in it is longer than it can be there.
// `leaf` has the list.
std::optional<std::string> WriteSignedBytes(const Sct& sct, const CertificateFields& leaf,
                                            const CertificateFields& issuer) {
  const Sha256Digest issuer_key = Sha256(issuer.public_key_info);
  bssl::ScopedCBB bytes;
  CBB tbs, extensions;
  if (!CBB_init(bytes.get(), leaf.tbs.size() + sct.extensions.size() + 64) ||
      !CBB_add_u8(bytes.get(), kVersion1) || !CBB_add_u8(bytes.get(), kCertificateTimestamp) ||
      !CBB_add_u64(bytes.get(), static_cast<uint64_t>(absl::ToUnixMillis(sct.time))) ||
      !CBB_add_u16(bytes.get(), kPrecertificateEntry) ||
      !CBB_add_bytes(bytes.get(), issuer_key.data(), issuer_key.size()) ||
      !CBB_add_u24_length_prefixed(bytes.get(), &tbs) || !AddPrecertificateTbs(&tbs, leaf) ||
      !CBB_add_u16_length_prefixed(bytes.get(), &extensions) ||
      !AddBytes(&extensions, sct.extensions) || !CBB_flush(bytes.get())) {
    return std::nullopt;
  }
  return std::string(reinterpret_cast<const char*>(CBB_data(bytes.get())), CBB_len(bytes.get()));
}

}  // namespace

absl::StatusOr<std::vector<Sct>> ParseSctList(std::string_view extension_value) {
  DerReader whole(extension_value);
  std::string_view contents;
  if (!whole.Read(DerTag::kOctetString, contents) || !whole.AtEnd()) return Malformed();
  CBS rest, list;
  CBS_init(&rest, reinterpret_cast<const uint8_t*>(contents.data()), contents.size());
  if (!CBS_get_u16_length_prefixed(&rest, &list) || CBS_len(&rest) != 0 || CBS_len(&list) == 0) {
    return Malformed();
  }
  std::vector<Sct> scts;
  for (size_t count = 1; CBS_len(&list) != 0; ++count) {
    CBS serialized;
    uint8_t version = 0;
    if (count > kMaxScts) {
      return absl::ResourceExhaustedError(
          absl::StrCat("it has more than ", kMaxScts, " signed certificate timestamps"));
    }
    if (!CBS_get_u16_length_prefixed(&list, &serialized) || !CBS_get_u8(&serialized, &version)) {
      return Malformed();
    }
    if (version != kVersion1) continue;
    CS_ASSIGN_OR_RETURN(Sct sct, ReadSct(serialized));
    scts.push_back(std::move(sct));
  }
  return scts;
}

absl::StatusOr<std::vector<Sct>> EmbeddedScts(const Certificate& leaf) {
  CS_ASSIGN_OR_RETURN(const CertificateFields fields, ReadCertificateFields(leaf.der()));
  if (fields.Find(kPrecertificatePoison) != nullptr) {
    return absl::InvalidArgumentError("it is a precertificate");
  }
  const CertificateExtension* const list = fields.Find(kSctList);
  if (list == nullptr) return std::vector<Sct>();
  return ParseSctList(list->value);
}

std::optional<std::string> SctSignedBytes(const Sct& sct, const Certificate& leaf,
                                          const Certificate& issuer) {
  const absl::StatusOr<CertificateFields> of_leaf = ReadCertificateFields(leaf.der());
  const absl::StatusOr<CertificateFields> of_issuer = ReadCertificateFields(issuer.der());
  if (!of_leaf.ok() || !of_issuer.ok() || of_leaf->Find(kSctList) == nullptr) return std::nullopt;
  return WriteSignedBytes(sct, *of_leaf, *of_issuer);
}

bool VerifySct(const Sct& sct, const Certificate& leaf, const Certificate& issuer,
               const PublicKey& log) {
  std::optional<std::string> bytes = SctSignedBytes(sct, leaf, issuer);
  return bytes.has_value() &&
         log.VerifyAs(sct.scheme, Message(*std::move(bytes)), sct.signature, EcdsaEncoding::kDer);
}

}  // namespace countersign::crypto

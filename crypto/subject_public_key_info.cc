#include "crypto/subject_public_key_info.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/bytestring.h>
#include <openssl/mem.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::crypto {
namespace {

struct NamedOid {
  std::string_view oid;
  std::string_view name;
};

// RFC 3279 section 2.3.1 and 2.3.5, RFC 8410 section 3.
constexpr std::string_view kRsaOid = "1.2.840.113549.1.1.1";
constexpr std::string_view kEcOid = "1.2.840.10045.2.1";
constexpr std::string_view kEd25519Oid = "1.3.101.112";

// RFC 5480 section 2.1.1.1.
constexpr std::string_view kP256Oid = "1.2.840.10045.3.1.7";
constexpr std::string_view kP384Oid = "1.3.132.0.34";
constexpr std::string_view kP521Oid = "1.3.132.0.35";

// Refused, but by a name that its owner knows.
constexpr NamedOid kOtherAlgorithms[] = {
    {"1.2.840.113549.1.1.10", "RSASSA-PSS"},
    {"1.2.840.10040.4.1", "DSA"},
    {"1.2.840.113549.1.3.1", "Diffie-Hellman"},
    {"1.3.101.110", "X25519"},
    {"1.3.101.111", "X448"},
    {"1.3.101.113", "Ed448"},
    {"1.3.132.1.12", "ECDH"},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
};
constexpr NamedOid kOtherCurves[] = {
    {"1.3.132.0.10", "secp256k1"},
    {"1.3.132.0.33", "P-224"},
    {"1.2.840.10045.3.1.1", "P-192"},
    {"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
    {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
    {"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"},
    {"1.2.156.10197.1.301", "SM2"},
};

template <size_t n>
std::string NameOf(std::string_view oid, const NamedOid (&names)[n]) {
  for (const NamedOid& named : names) {
    if (named.oid == oid) return std::string(named.name);
  }
  return absl::StrCat("with the object identifier ", oid);
}

absl::Status Malformed() {
  return absl::InvalidArgumentError("its DER is no well-formed public key");
}

// The next element, an OBJECT IDENTIFIER, as "1.2.3".
absl::StatusOr<std::string> ReadOid(CBS* der) {
  CBS oid;
  if (!CBS_get_asn1(der, &oid, CBS_ASN1_OBJECT)) return Malformed();
  const bssl::UniquePtr<char> text(CBS_asn1_oid_to_text(&oid));
  if (text == nullptr) return Malformed();
  return std::string(text.get());
}

// RFC 5480 section 2.1.1: ECParameters, of which only the name of a curve is allowed.
absl::StatusOr<KeyAlgorithm> ReadCurve(CBS* parameters) {
  if (CBS_peek_asn1_tag(parameters, CBS_ASN1_SEQUENCE)) {
    return absl::InvalidArgumentError("its curve is spelled out as parameters instead of named");
  }
  CS_ASSIGN_OR_RETURN(const std::string oid, ReadOid(parameters));
  if (CBS_len(parameters) != 0) return Malformed();
  if (oid == kP256Oid) return KeyAlgorithm::kEcdsaP256;
  if (oid == kP384Oid) return KeyAlgorithm::kEcdsaP384;
  if (oid == kP521Oid) return KeyAlgorithm::kEcdsaP521;
  return absl::InvalidArgumentError(absl::StrCat("its curve ", NameOf(oid, kOtherCurves),
                                                 " is not supported; P-256, P-384 and P-521 are"));
}

// AlgorithmIdentifier (RFC 5280 section 4.1.1.2).
absl::StatusOr<KeyAlgorithm> ReadAlgorithm(CBS* identifier) {
  CS_ASSIGN_OR_RETURN(const std::string oid, ReadOid(identifier));
  if (oid == kEcOid) return ReadCurve(identifier);
  if (oid == kRsaOid) {
    // RFC 3279 section 2.3.1: "The parameters field MUST have ASN.1 type NULL".
    CBS null;
    if (!CBS_get_asn1(identifier, &null, CBS_ASN1_NULL) || CBS_len(&null) != 0 ||
        CBS_len(identifier) != 0) {
      return Malformed();
    }
    return KeyAlgorithm::kRsa;
  }
  if (oid == kEd25519Oid) {
    // RFC 8410 section 3: "the parameters MUST be absent".
    if (CBS_len(identifier) != 0) return Malformed();
    return KeyAlgorithm::kEd25519;
  }
  return absl::InvalidArgumentError(absl::StrCat("its algorithm ", NameOf(oid, kOtherAlgorithms),
                                                 " is not supported; ECDSA, RSA and Ed25519 are"));
}

}  // namespace

absl::StatusOr<SubjectPublicKeyInfo> ParseSubjectPublicKeyInfo(std::string_view der) {
  CBS rest, info, identifier, key;
  CBS_init(&rest, reinterpret_cast<const uint8_t*>(der.data()), der.size());
  uint8_t unused_bits;
  if (!CBS_get_asn1(&rest, &info, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&info, &identifier, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&info, &key, CBS_ASN1_BITSTRING) || CBS_len(&info) != 0 ||
      !CBS_get_u8(&key, &unused_bits) || unused_bits != 0) {
    return Malformed();
  }
  if (CBS_len(&rest) != 0) {
    return absl::InvalidArgumentError("bytes follow the key in its DER");
  }
  CS_ASSIGN_OR_RETURN(const KeyAlgorithm algorithm, ReadAlgorithm(&identifier));
  return SubjectPublicKeyInfo{
      algorithm, std::string_view(reinterpret_cast<const char*>(CBS_data(&key)), CBS_len(&key))};
}

absl::StatusOr<std::string> WriteRsaPublicKeyInfo(std::string_view rsa_public_key) {
  bssl::ScopedCBB cbb;
  CBB info, identifier, oid, null, key;
  if (!CBB_init(cbb.get(), rsa_public_key.size() + 32) ||
      !CBB_add_asn1(cbb.get(), &info, CBS_ASN1_SEQUENCE) ||
      !CBB_add_asn1(&info, &identifier, CBS_ASN1_SEQUENCE) ||
      !CBB_add_asn1(&identifier, &oid, CBS_ASN1_OBJECT) ||
      !CBB_add_asn1_oid_from_text(&oid, kRsaOid.data(), kRsaOid.size()) ||
      !CBB_add_asn1(&identifier, &null, CBS_ASN1_NULL) ||
      !CBB_add_asn1(&info, &key, CBS_ASN1_BITSTRING) || !CBB_add_u8(&key, 0) ||
      !CBB_add_bytes(&key, reinterpret_cast<const uint8_t*>(rsa_public_key.data()),
                     rsa_public_key.size()) ||
      !CBB_flush(cbb.get())) {
    return absl::InternalError("BoringSSL writes no key");
  }
  return std::string(reinterpret_cast<const char*>(CBB_data(cbb.get())), CBB_len(cbb.get()));
}

}  // namespace countersign::crypto

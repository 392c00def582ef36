#ifndef COUNTERSIGN_CRYPTO_CERTIFICATE_FIELDS_H_
#define COUNTERSIGN_CRYPTO_CERTIFICATE_FIELDS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/der.h"

namespace countersign::crypto {

// What is longer, or has more extensions, is not read.
inline constexpr size_t kMaxCertificateBytes = 32 << 10;
inline constexpr size_t kMaxExtensions = 100;

// Extensions that more than one reader looks for: subjectAltName and nameConstraints (RFC 5280 section
// 4.2.1), and what makes a precertificate none (RFC 6962 section 3.1).
inline constexpr Oid kSubjectAltName("2.5.29.17");
inline constexpr Oid kNameConstraints("2.5.29.30");
inline constexpr Oid kPrecertificatePoison("1.3.6.1.4.1.11129.2.4.3");

// An Extension (RFC 5280 section 4.1): what its object identifier and its extnValue contain.
struct CertificateExtension {
  std::string_view oid;
  bool is_critical = false;
  std::string_view value;
  std::string_view element;  // all of it
};

// The parts of a certificate (RFC 5280 section 4.1), as views into its DER. Those that say
// "element" are with their tags and lengths.
struct CertificateFields {
  std::string_view tbs;                  // TBSCertificate, an element: what is signed
  std::string_view serial;               // the contents of an INTEGER
  std::string_view signature_algorithm;  // AlgorithmIdentifier, an element
  std::string_view issuer;               // Name, an element
  absl::Time not_before;
  absl::Time not_after;
  std::string_view subject;          // Name, an element
  std::string_view public_key_info;  // SubjectPublicKeyInfo, an element
  std::vector<CertificateExtension> extensions;
  std::string_view signature;

  // Null: it has none with this object identifier.
  const CertificateExtension* Find(const Oid& oid) const;
  // Names are compared by their bytes.
  bool IsSelfIssued() const { return subject == issuer; }
};

// Reads them strictly: DER throughout, version 3, the signature's algorithm the same inside and
// outside of what is signed, no extension twice. What the extensions contain is not looked at.
//
// InvalidArgument, in words that go on a sentence about the certificate, if that is not so;
// ResourceExhausted if it is longer than kMaxCertificateBytes, or has more than kMaxExtensions.
absl::StatusOr<CertificateFields> ReadCertificateFields(std::string_view der);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CERTIFICATE_FIELDS_H_

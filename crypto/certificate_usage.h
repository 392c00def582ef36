#ifndef COUNTERSIGN_CRYPTO_CERTIFICATE_USAGE_H_
#define COUNTERSIGN_CRYPTO_CERTIFICATE_USAGE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/certificate_fields.h"
#include "crypto/der.h"

namespace countersign::crypto {

// What an extKeyUsage lists, as contents of object identifiers.
struct Purposes {
  std::vector<std::string_view> oids;
  bool are_critical = false;
};

// What a certificate's extensions say it may be used for.
struct CertificateUsage {
  // basicConstraints (RFC 5280 section 4.2.1.9): whether it is an authority, and how many others,
  // self-issued ones apart, may stand between it and the certificate that a path is for.
  bool is_authority = false;
  std::optional<uint64_t> path_length;
  // keyUsage (section 4.2.1.3) has digitalSignature, and keyCertSign, or there is none.
  bool may_sign = true;
  bool may_certify = true;
  // extKeyUsage (section 4.2.1.12); nullopt: it has none.
  std::optional<Purposes> purposes;
  // A critical extension that is none of these three, subjectAltName or nameConstraints.
  bool has_unknown_critical = false;
  // It has the poison of a precertificate (RFC 6962 section 3.1).
  bool is_precertificate = false;

  bool HasPurpose(const Oid& oid) const;
};

// Views into what `fields` are views into. InvalidArgument, in words that go on a sentence about
// the certificate, if one of those that are read is malformed.
absl::StatusOr<CertificateUsage> ReadCertificateUsage(const CertificateFields& fields);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CERTIFICATE_USAGE_H_

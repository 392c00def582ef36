#ifndef COUNTERSIGN_CRYPTO_CERTIFICATE_ID_H_
#define COUNTERSIGN_CRYPTO_CERTIFICATE_ID_H_

#include <optional>
#include <string_view>

#include "crypto/certificate_fields.h"
#include "crypto/hash_algorithm.h"

namespace countersign::crypto {

// Which certificate is the signer's, as he has signed it: an ESSCertID (RFC 2634 section 5.4.1),
// whose hash is SHA-1, or an ESSCertIDv2 (RFC 5035 section 4). Views into their DER.
struct CertificateId {
  HashAlgorithm algorithm = HashAlgorithm::kUnspecified;  // SHA-1
  std::string_view digest;                                // of the certificate
  // Of its issuerSerial, if it has one: the contents of the GeneralNames and of the INTEGER.
  struct IssuerSerial {
    std::string_view issuer;
    std::string_view serial;
  };
  std::optional<IssuerSerial> issuer_serial;
};

// The first of a DER SigningCertificate, or SigningCertificateV2, which is the signer's; nullopt if
// it is malformed or by another hash. Others are of the chain above, which is found without them.
std::optional<CertificateId> ReadSigningCertificate(std::string_view der);
std::optional<CertificateId> ReadSigningCertificateV2(std::string_view der);

// Whether it is of the certificate with this DER and these fields of it: by its hash and, where it
// says them, its issuer's name and its serial number.
bool IsIdOf(const CertificateId& id, std::string_view der, const CertificateFields& fields);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_CERTIFICATE_ID_H_

#ifndef COUNTERSIGN_CRYPTO_SIGNED_DATA_H_
#define COUNTERSIGN_CRYPTO_SIGNED_DATA_H_

#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/hash_algorithm.h"
#include "crypto/signature_scheme.h"
#include "crypto/signed_attributes.h"

namespace countersign::crypto {

// By which a signer's certificate is found (RFC 5652 section 5.3): the Name, an element, and the
// contents of the INTEGER of an IssuerAndSerialNumber; or the contents of a SubjectKeyIdentifier.
struct IssuerAndSerial {
  std::string_view issuer;
  std::string_view serial;
};
struct SubjectKeyId {
  std::string_view bytes;
};
using SignerId = std::variant<IssuerAndSerial, SubjectKeyId>;

// A CMS SignedData (RFC 5652 section 5) that a timestamp is (RFC 3161 section 2.4.2): of a TSTInfo,
// signed once. Views into its DER.
struct SignedData {
  std::string_view content;                    // the TSTInfo
  std::vector<std::string_view> certificates;  // DER, not looked into
  SignerId signer;
  HashAlgorithm digest_algorithm = HashAlgorithm::kUnspecified;
  SignedAttributes attributes;
  SignatureScheme scheme = SignatureScheme::kUnspecified;  // with that same hash
  std::string_view signature;
};

// Reads a DER ContentInfo that is one, whole.
//
// InvalidArgument, in words that go on a sentence about the timestamp, if it is malformed, of other
// content, has more than one signer, no signed attributes, or algorithms other than SHA-256, SHA-384
// and SHA-512 with ECDSA or RSA PKCS #1 v1.5.
absl::StatusOr<SignedData> ReadSignedData(std::string_view content_info);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SIGNED_DATA_H_

#ifndef COUNTERSIGN_CRYPTO_SUBJECT_PUBLIC_KEY_INFO_H_
#define COUNTERSIGN_CRYPTO_SUBJECT_PUBLIC_KEY_INFO_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/key_algorithm.h"

namespace countersign::crypto {

// What a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) says, of the algorithms that are
// supported.
struct SubjectPublicKeyInfo {
  KeyAlgorithm algorithm;
  // The contents of subjectPublicKey: an EC point (RFC 5480 section 2.2), an RSAPublicKey (RFC 3279
  // section 2.3.1), or the 32 bytes of an Ed25519 key (RFC 8410 section 4). Points into the DER.
  std::string_view key;
};

// InvalidArgument, in words for a person, if the bytes are no SubjectPublicKeyInfo, more follows
// it, or its algorithm or curve is another than those above (which it names).
absl::StatusOr<SubjectPublicKeyInfo> ParseSubjectPublicKeyInfo(std::string_view der);

// The DER SubjectPublicKeyInfo of an RSA key, around its RSAPublicKey (RFC 3279 section 2.3.1),
// which is not looked at. Internal if there is no memory for it.
absl::StatusOr<std::string> WriteRsaPublicKeyInfo(std::string_view rsa_public_key);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SUBJECT_PUBLIC_KEY_INFO_H_

#ifndef COUNTERSIGN_CRYPTO_ECDSA_KEY_H_
#define COUNTERSIGN_CRYPTO_ECDSA_KEY_H_

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/ec_key.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "crypto/signature_scheme.h"
#include "crypto/subject_public_key_info.h"

namespace countersign::crypto {

// An ECDSA public key: the ECDSA part of PublicKey, which documents what verifies. Immutable,
// thread-safe.
class EcdsaKey {
 public:
  // `point` is an uncompressed point (SEC 1 section 2.3.3) on the curve of `algorithm`.
  // InvalidArgument if it is compressed, malformed, or not on the curve.
  static absl::StatusOr<EcdsaKey> FromPoint(KeyAlgorithm algorithm, std::string_view point);

  // False: no signature by this key has that size; what follows is false then, without any operation.
  bool MayHaveMade(size_t signature_bytes) const;

  // Whether it holds over this hash, which `scheme` names: any of ECDSA, as no curve fixes it.
  bool VerifiesDigest(SignatureScheme scheme, std::string_view digest, std::string_view signature,
                      EcdsaEncoding encoding) const;

 private:
  explicit EcdsaKey(bssl::UniquePtr<EC_KEY> key) : key_(std::move(key)) {}
  bssl::UniquePtr<EC_KEY> key_;
};

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_ECDSA_KEY_H_

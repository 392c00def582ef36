#ifndef COUNTERSIGN_CRYPTO_RSA_KEY_H_
#define COUNTERSIGN_CRYPTO_RSA_KEY_H_

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/rsa.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "crypto/signature_scheme.h"

namespace countersign::crypto {

// An RSA public key: the RSA part of PublicKey, which documents what verifies. Immutable,
// thread-safe.
class RsaKey {
 public:
  // `der` is an RSAPublicKey (RFC 8017 appendix A.1.1). InvalidArgument if it is malformed, its
  // modulus is even or not of 2048 to 4096 bits, or its exponent is even, 1, or longer than 33
  // bits.
  static absl::StatusOr<RsaKey> FromDer(std::string_view der);

  // False: no signature by this key has that size; what follows is false then, without any operation.
  bool MayHaveMade(size_t signature_bytes) const;

  // Whether it holds over this hash, which `scheme` names: any of RSA.
  bool VerifiesDigest(SignatureScheme scheme, std::string_view digest,
                      std::string_view signature) const;

  // Of the modulus.
  unsigned bits() const { return RSA_bits(key_.get()); }

 private:
  explicit RsaKey(bssl::UniquePtr<RSA> key) : key_(std::move(key)) {}
  bool VerifiesPss(std::string_view digest, std::string_view signature) const;
  bssl::UniquePtr<RSA> key_;
};

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_RSA_KEY_H_

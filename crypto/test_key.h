#ifndef COUNTERSIGN_CRYPTO_TEST_KEY_H_
#define COUNTERSIGN_CRYPTO_TEST_KEY_H_

#include <memory>
#include <string>
#include <string_view>

#include "crypto/public_key.h"

namespace countersign::crypto {

enum class TestKeyType {
  kEcdsaP256,
  kEcdsaP384,
  kEcdsaP521,
  kRsa2048,
  kRsa3072,
  kRsa4096,
  kEd25519,
};

// How a TestKey signs. kDefault is what `cosign sign` does for the key's type: the hash that fits
// an ECDSA key's curve, SHA-256 for RSA (PKCS #1 v1.5), Ed25519ph for Ed25519. The hashes are for
// ECDSA and RSA keys, kPureEd25519 for Ed25519 keys; any other combination ends the process.
// kPssSha256 (with a salt of 32 bytes) is for RSA keys.
enum class TestScheme { kDefault, kSha256, kSha384, kSha512, kPureEd25519, kPssSha256 };

// A key pair made in memory, for tests only. Copyable (copies share the pair), immutable,
// thread-safe.
class TestKey {
 public:
  // A fresh key; RSA keys are made once a process and shared, since making one is slow.
  static TestKey Generate(TestKeyType type = TestKeyType::kEcdsaP256);

  TestKeyType type() const;
  // SubjectPublicKeyInfo, PEM, and DER.
  std::string PublicPem() const;
  std::string PublicDer() const;
  // PrivateKeyInfo (PKCS #8, RFC 5208 section 5), DER.
  std::string Pkcs8() const;
  PublicKey Public() const;

  // The raw signature bytes (DER for ECDSA).
  std::string Sign(std::string_view message, TestScheme scheme = TestScheme::kDefault) const;

 private:
  struct Rep;
  explicit TestKey(std::shared_ptr<const Rep> rep);
  std::shared_ptr<const Rep> rep_;
};

// Whether the key verifies the signature, however that is encoded.
bool Verifies(const PublicKey& key, std::string_view message, std::string_view signature);

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TEST_KEY_H_

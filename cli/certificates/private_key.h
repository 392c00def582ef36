#ifndef COUNTERSIGN_CLI_CERTIFICATES_PRIVATE_KEY_H_
#define COUNTERSIGN_CLI_CERTIFICATES_PRIVATE_KEY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::cli {

// A private key to issue certificates with, or to serve with. It cannot be printed; its bytes are
// wiped when it goes. Copyable, immutable but for assignment, thread-safe as such.
class PrivateKey {
 public:
  // A fresh key on P-256, of BoringSSL's random numbers. Internal if there are none.
  static absl::StatusOr<PrivateKey> Generate();

  // Reads exactly one PEM block (RFC 7468 section 10) with the label `PRIVATE KEY`, holding a DER
  // PrivateKeyInfo (PKCS #8, RFC 5208 section 5). InvalidArgument in words that go on a sentence
  // about the key ("it is empty") if it is anything else; the text is never quoted.
  static absl::StatusOr<PrivateKey> FromPem(std::string_view pem);

  PrivateKey(const PrivateKey&) = default;
  PrivateKey& operator=(const PrivateKey&) = default;
  PrivateKey(PrivateKey&&) = default;
  PrivateKey& operator=(PrivateKey&&) = default;
  ~PrivateKey();

  // A secret.
  std::string Pem() const;
  // The DER PrivateKeyInfo; a secret.
  const std::string& pkcs8() const { return pkcs8_; }
  // The DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) of the public half.
  const std::string& public_key() const { return public_key_; }

 private:
  PrivateKey(std::string pkcs8, std::string public_key);

  std::string pkcs8_;
  std::string public_key_;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_PRIVATE_KEY_H_

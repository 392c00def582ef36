#ifndef COUNTERSIGN_CRYPTO_PUBLIC_KEY_H_
#define COUNTERSIGN_CRYPTO_PUBLIC_KEY_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/hash_algorithm.h"
#include "crypto/key_algorithm.h"
#include "crypto/message.h"
#include "crypto/signature_scheme.h"

namespace countersign::crypto {

// A public key that can verify what cosign signs. An object of this class is always usable: there
// is no empty key.
//
// Which hash a signature used is not written in it, so a key accepts every scheme that cosign has
// used for its type:
//   ECDSA P-256  SHA-256
//   ECDSA P-384  SHA-384, SHA-256
//   ECDSA P-521  SHA-512, SHA-256
//   RSA          PKCS #1 v1.5 (RFC 8017 section 8.2) with SHA-256
//   Ed25519      Ed25519ph (RFC 8032 section 5.1, SHA-512 prehash, empty context), and pure Ed25519
// High S is accepted in ECDSA signatures. A key that For was asked for accepts others.
//
// Copyable (copies share the key), immutable, thread-safe.
class PublicKey {
 public:
  // Reads a text with exactly one PEM block (RFC 7468) in it, as cosign reads the first one of a
  // text: with the label `PUBLIC KEY`, holding a DER SubjectPublicKeyInfo (RFC 5280 section
  // 4.1.2.7), or `RSA PUBLIC KEY`, holding an RSAPublicKey (RFC 8017 appendix A.1.1). Text in the
  // lines around the block is ignored.
  //
  // InvalidArgument, in words for the author of a policy that go on a sentence about the key ("it
  // holds more than one PEM block"), if there is no block, more than one, another label (naming it;
  // private keys and certificates get advice), bad base64 or DER, trailing bytes, an unsupported
  // algorithm or curve, a compressed EC point or one that is not on its curve, an RSA key below 2048
  // or above 4096 bits, or a public exponent that is even, 1, or longer than 33 bits. The key text
  // is never quoted in the error.
  static absl::StatusOr<PublicKey> FromPem(std::string_view pem);

  // Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). InvalidArgument as FromPem.
  static absl::StatusOr<PublicKey> FromDer(std::string_view subject_public_key_info);

  // The same key, for signatures that are said to be made by this hash (`hashAlgorithm` of a policy of
  // policy.sigstore.dev): it accepts that one (RSA: PKCS #1 v1.5) in place of those above, and with ECDSA
  // the one that fits the curve beside it, as `cosign sign` takes that whatever was said. By kUnspecified
  // nothing holds. Ed25519 has its own hash, and stays as it is.
  //
  // In all else they are equal: what takes keys for the same must compare hashes(), too.
  PublicKey For(HashAlgorithm hash) const;

  // The scheme of those that the key accepts by which `signature` holds over the exact bytes of `message`; nullopt
  // if it does not hold, as anything malformed does not. `encoding` is for ECDSA keys.
  std::optional<SignatureScheme> Verify(const Message& message, std::string_view signature,
                                        EcdsaEncoding encoding) const;

  // Whether it holds by exactly this scheme, for where the evidence says which: any hash with any
  // curve, whatever it is for. False if the key's type has no such scheme.
  bool VerifyAs(SignatureScheme scheme, const Message& message, std::string_view signature,
                EcdsaEncoding encoding) const;

  // As Verify, of a message of which only this digest is known: what signs another hash, or the
  // message itself, does not hold. Nothing does by a hash that is none of hashes(), or over bytes that
  // are no digest of it.
  std::optional<SignatureScheme> VerifyDigest(HashAlgorithm algorithm, std::string_view digest,
                                              std::string_view signature,
                                              EcdsaEncoding encoding) const;

  // The hashes of the schemes that the key accepts, in the order in which they are tried; of Ed25519 that
  // of Ed25519ph, as the pure one hashes nothing that is known without the message. As long as the process.
  absl::Span<const HashAlgorithm> hashes() const;

  // What one Verify costs at the most, about, in units of one ECDSA P-256 verification: P-256 1
  // for each of hashes(), RSA and Ed25519 2, P-384 10, P-521 24. Ed25519 hashes a message anew for each signature, which
  // makes a long one (32 KiB and more) dearer. A signature of a size that no signature by this key
  // has costs nothing, as it is false without any operation.
  size_t Cost(size_t message_bytes, size_t signature_bytes) const;

  // The same for a signature that may be the key's, of a short message.
  size_t Cost() const;

  KeyAlgorithm algorithm() const;
  // For people: "ECDSA P-256", "RSA 3072", "Ed25519".
  std::string Description() const;
  // The DER SubjectPublicKeyInfo: keys are equal where these are, as there is one way to write each.
  const std::string& der() const;
  // "SHA256:" and the hex SHA-256 of it.
  std::string Fingerprint() const;
  // How many bits an RSA key's modulus has; 0 of other keys.
  size_t rsa_bits() const;

 private:
  struct Rep;
  explicit PublicKey(std::shared_ptr<const Rep> rep);
  std::shared_ptr<const Rep> rep_;
};

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_PUBLIC_KEY_H_

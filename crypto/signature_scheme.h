#ifndef COUNTERSIGN_CRYPTO_SIGNATURE_SCHEME_H_
#define COUNTERSIGN_CRYPTO_SIGNATURE_SCHEME_H_

namespace countersign::crypto {

// How a signature was made. Where nothing says so, a public key finds out (PublicKey::Verify).
enum class SignatureScheme {
  kUnspecified = 0,
  kEcdsaSha256,
  kEcdsaSha384,
  kEcdsaSha512,
  kRsaPkcs1Sha256,  // PKCS #1 v1.5 (RFC 8017 section 8.2)
  kEd25519ph,       // RFC 8032 section 5.1, SHA-512 prehash, empty context
  kEd25519,         // RFC 8032 section 5.1, pure
  // Only where the evidence, or the policy, says so.
  kRsaPkcs1Sha384,
  kRsaPkcs1Sha512,
  // Only where the evidence says so.
  kRsaPssSha256,  // PSS (RFC 8017 section 8.1), MGF1 with SHA-256, a salt of any length
};

// How the two numbers of an ECDSA signature may be written: each form of evidence has its own rule.
// Signatures of other keys are written in one way only.
enum class EcdsaEncoding {
  // A strict DER SEQUENCE of two INTEGERs (RFC 3279 section 2.2.3).
  kDer = 0,
  // The same; bytes that are not that are tried as IEEE P1363: r then s, each of the curve's width.
  kDerOrP1363,
};

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_SIGNATURE_SCHEME_H_

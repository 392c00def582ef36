#include "crypto/ed25519ph.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/curve25519.h>
#include <openssl/mem.h>
#include <openssl/sha.h>

#include <cstddef>

#include "crypto/curve25519/internal.h"

namespace countersign::crypto {
namespace {

// An encoded point, or a number below the group's order, little-endian.
constexpr size_t kEncodedBytes = 32;

// The order of the group, L (RFC 8032 section 5.1), little-endian.
constexpr uint8_t kOrder[kEncodedBytes] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

bool IsBelowOrder(const uint8_t number[kEncodedBytes]) {
  for (size_t i = kEncodedBytes; i-- > 0;) {
    if (number[i] != kOrder[i]) return number[i] < kOrder[i];
  }
  return false;
}

void Update(SHA512_CTX* hash, std::string_view bytes) {
  SHA512_Update(hash, bytes.data(), bytes.size());
}

// h = SHA-512(dom2(1, "") || R || A || SHA-512(M)) modulo L, in the first 32 bytes of `scalar`.
void ComputeChallenge(std::string_view sha512, const uint8_t* r, const Ed25519PublicKey& public_key,
                      uint8_t scalar[SHA512_DIGEST_LENGTH]) {
  SHA512_CTX hash;
  SHA512_Init(&hash);
  Update(&hash, Ed25519phDomain());
  SHA512_Update(&hash, r, kEncodedBytes);
  SHA512_Update(&hash, public_key.data(), public_key.size());
  Update(&hash, sha512);
  SHA512_Final(scalar, &hash);
  x25519_sc_reduce(scalar);
}

}  // namespace

std::string_view Ed25519phDomain() {
  // The phrase, phflag = 1, and the length of the context.
  return std::string_view("SigEd25519 no Ed25519 collisions\x01\x00", 34);
}

bool Ed25519phVerifies(const Message& message, std::string_view signature,
                       const Ed25519PublicKey& public_key) {
  const auto& sha512 = message.Sha512();
  return Ed25519phVerifiesSha512({reinterpret_cast<const char*>(sha512.data()), sha512.size()},
                                 signature, public_key);
}

bool Ed25519phVerifiesSha512(std::string_view sha512, std::string_view signature,
                             const Ed25519PublicKey& public_key) {
  if (sha512.size() != SHA512_DIGEST_LENGTH || signature.size() != 2 * kEncodedBytes) return false;
  const auto* r = reinterpret_cast<const uint8_t*>(signature.data());
  const uint8_t* s = r + kEncodedBytes;
  // RFC 8032 section 5.1.7 step 1: S in the range 0 <= s < L, or else a signature could be changed
  // into another.
  if (!IsBelowOrder(s)) return false;
  ge_p3 a;
  if (!x25519_ge_frombytes_vartime(&a, public_key.data())) return false;

  uint8_t h[SHA512_DIGEST_LENGTH];
  ComputeChallenge(sha512, r, public_key, h);

  // sB - hA must be R. The difference takes hA in a form that only decoding gives.
  ge_p3 sb;
  x25519_ge_scalarmult_base(&sb, s);
  ge_p2 ha_projective;
  x25519_ge_scalarmult(&ha_projective, h, &a);
  uint8_t encoded[kEncodedBytes];
  x25519_ge_tobytes(encoded, &ha_projective);
  ge_p3 ha;
  if (!x25519_ge_frombytes_vartime(&ha, encoded)) return false;
  ge_cached ha_cached;
  x25519_ge_p3_to_cached(&ha_cached, &ha);
  ge_p1p1 difference_completed;
  x25519_ge_sub(&difference_completed, &sb, &ha_cached);
  ge_p2 difference;
  x25519_ge_p1p1_to_p2(&difference, &difference_completed);
  x25519_ge_tobytes(encoded, &difference);
  return CRYPTO_memcmp(encoded, r, kEncodedBytes) == 0;
}

}  // namespace countersign::crypto

#include "crypto/rsa_key.h"

#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/nid.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace countersign::crypto {
namespace {

constexpr unsigned kMinBits = 2048;
constexpr unsigned kMaxBits = 4096;

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// BoringSSL's name of the hash that a scheme of PKCS #1 v1.5 signs.
int HashNid(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kRsaPkcs1Sha256:
      return NID_sha256;
    case SignatureScheme::kRsaPkcs1Sha384:
      return NID_sha384;
    case SignatureScheme::kRsaPkcs1Sha512:
      return NID_sha512;
    default:
      return NID_undef;
  }
}

// Why BoringSSL does not take a key.
absl::Status Explain(uint32_t error) {
  const bool about_rsa = ERR_GET_LIB(error) == ERR_LIB_RSA;
  if (about_rsa && ERR_GET_REASON(error) == RSA_R_BAD_E_VALUE) {
    return absl::InvalidArgumentError("its RSA exponent is even, 1, or longer than 33 bits");
  }
  if (about_rsa && ERR_GET_REASON(error) == RSA_R_MODULUS_TOO_LARGE) {
    return absl::InvalidArgumentError(
        absl::StrCat("its RSA modulus has more than ", kMaxBits, " bits"));
  }
  return absl::InvalidArgumentError("its DER is no well-formed RSA key");
}

}  // namespace

absl::StatusOr<RsaKey> RsaKey::FromDer(std::string_view der) {
  ERR_clear_error();
  bssl::UniquePtr<RSA> key(RSA_public_key_from_bytes(Data(der), der.size()));
  if (key == nullptr) return Explain(ERR_peek_error());
  const unsigned bits = RSA_bits(key.get());
  if (bits < kMinBits || bits > kMaxBits) {
    return absl::InvalidArgumentError(absl::StrCat("its RSA modulus has ", bits, " bits; ",
                                                   kMinBits, " to ", kMaxBits, " are supported"));
  }
  // A product of two odd primes; with an even one nothing would ever verify.
  if (!BN_is_odd(RSA_get0_n(key.get()))) {
    return absl::InvalidArgumentError("its RSA modulus is even");
  }
  return RsaKey(std::move(key));
}

bool RsaKey::MayHaveMade(size_t signature_bytes) const {
  return signature_bytes == RSA_size(key_.get());
}

bool RsaKey::VerifiesDigest(SignatureScheme scheme, std::string_view digest,
                            std::string_view signature) const {
  if (scheme == SignatureScheme::kRsaPssSha256) return VerifiesPss(digest, signature);
  const int hash = HashNid(scheme);
  if (hash == NID_undef || !MayHaveMade(signature.size())) return false;
  // Not const, as it keeps what it has computed of the modulus, under its own lock.
  return RSA_verify(hash, Data(digest), digest.size(), Data(signature), signature.size(),
                    key_.get()) == 1;
}

bool RsaKey::VerifiesPss(std::string_view digest, std::string_view signature) const {
  constexpr int kAnySaltLength = -2;
  return MayHaveMade(signature.size()) &&
         RSA_verify_pss_mgf1(key_.get(), Data(digest), digest.size(), EVP_sha256(), EVP_sha256(),
                             kAnySaltLength, Data(signature), signature.size()) == 1;
}

}  // namespace countersign::crypto

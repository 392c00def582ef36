#include "crypto/test_key.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/pem_block.h"
#include "crypto/curve25519/internal.h"
#include "crypto/ed25519ph.h"

namespace countersign::crypto {
namespace {

constexpr int kSaltOfTheHashsLength = -1;

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// A test key that cannot do what it was asked for is a mistake in the test.
void Require(bool condition, std::string_view what) {
  if (condition) return;
  std::cerr << "TestKey: " << what << "\n";
  std::abort();
}

bssl::UniquePtr<EVP_PKEY> MakeEcdsa(int curve) {
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(curve));
  Require(ec != nullptr && EC_KEY_generate_key(ec.get()), "no ECDSA key was made");
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  Require(EVP_PKEY_set1_EC_KEY(key.get(), ec.get()), "no ECDSA key was made");
  return key;
}

bssl::UniquePtr<EVP_PKEY> MakeRsa(int bits) {
  const bssl::UniquePtr<RSA> rsa(RSA_new());
  const bssl::UniquePtr<BIGNUM> exponent(BN_new());
  Require(BN_set_word(exponent.get(), RSA_F4) &&
              RSA_generate_key_ex(rsa.get(), bits, exponent.get(), nullptr),
          "no RSA key was made");
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  Require(EVP_PKEY_set1_RSA(key.get(), rsa.get()), "no RSA key was made");
  return key;
}

bssl::UniquePtr<EVP_PKEY> MakeEd25519() {
  uint8_t seed[32];
  RAND_bytes(seed, sizeof(seed));
  bssl::UniquePtr<EVP_PKEY> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, sizeof(seed)));
  Require(key != nullptr, "no Ed25519 key was made");
  return key;
}

bssl::UniquePtr<EVP_PKEY> Make(TestKeyType type) {
  switch (type) {
    case TestKeyType::kEcdsaP256:
      return MakeEcdsa(NID_X9_62_prime256v1);
    case TestKeyType::kEcdsaP384:
      return MakeEcdsa(NID_secp384r1);
    case TestKeyType::kEcdsaP521:
      return MakeEcdsa(NID_secp521r1);
    case TestKeyType::kRsa2048:
      return MakeRsa(2048);
    case TestKeyType::kRsa3072:
      return MakeRsa(3072);
    case TestKeyType::kRsa4096:
      return MakeRsa(4096);
    case TestKeyType::kEd25519:
      return MakeEd25519();
  }
  std::abort();
}

// The hash of a scheme; null for pure Ed25519, which takes none.
const EVP_MD* HashOf(TestKeyType type, TestScheme scheme) {
  switch (scheme) {
    case TestScheme::kSha256:
    case TestScheme::kPssSha256:
      return EVP_sha256();
    case TestScheme::kSha384:
      return EVP_sha384();
    case TestScheme::kSha512:
      return EVP_sha512();
    case TestScheme::kPureEd25519:
      return nullptr;
    case TestScheme::kDefault:
      break;
  }
  if (type == TestKeyType::kEcdsaP384) return EVP_sha384();
  return type == TestKeyType::kEcdsaP521 ? EVP_sha512() : EVP_sha256();
}

std::string SignWithHash(EVP_PKEY* key, const EVP_MD* hash, int rsa_padding,
                         std::string_view message) {
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* options = nullptr;
  size_t size = 0;
  Require(EVP_DigestSignInit(context.get(), &options, hash, nullptr, key) &&
              (EVP_PKEY_id(key) != EVP_PKEY_RSA ||
               EVP_PKEY_CTX_set_rsa_padding(options, rsa_padding)) &&
              (rsa_padding != RSA_PKCS1_PSS_PADDING ||
               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, kSaltOfTheHashsLength)) &&
              EVP_DigestSign(context.get(), nullptr, &size, Data(message), message.size()),
          "the key cannot sign by that scheme");
  std::string signature(size, '\0');
  Require(EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &size,
                         Data(message), message.size()),
          "signing failed");
  signature.resize(size);
  return signature;
}

std::string Der(int (*marshal)(CBB* out, const EVP_PKEY* key), const EVP_PKEY* key) {
  bssl::ScopedCBB der;
  Require(CBB_init(der.get(), 0) && marshal(der.get(), key), "the key was not written");
  return std::string(reinterpret_cast<const char*>(CBB_data(der.get())), CBB_len(der.get()));
}

std::string Sha512(std::string_view bytes) {
  std::string hash(SHA512_DIGEST_LENGTH, '\0');
  SHA512(Data(bytes), bytes.size(), reinterpret_cast<uint8_t*>(hash.data()));
  return hash;
}

// SHA-512 modulo the group's order, in 32 bytes, little-endian.
std::string Sha512Scalar(std::string_view bytes) {
  std::string scalar = Sha512(bytes);
  x25519_sc_reduce(reinterpret_cast<uint8_t*>(scalar.data()));
  return scalar.substr(0, 32);
}

// (r + h * a) modulo the group's order (RFC 8032 section 5.1.6 step 5).
std::string ComputeS(std::string_view r, std::string_view h, std::string_view a) {
  const bssl::UniquePtr<BN_CTX> context(BN_CTX_new());
  const auto number = [](std::string_view bytes) {
    return bssl::UniquePtr<BIGNUM>(BN_le2bn(Data(bytes), bytes.size(), nullptr));
  };
  const bssl::UniquePtr<BIGNUM> order = number(
      absl::HexStringToBytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"));
  const bssl::UniquePtr<BIGNUM> s(BN_new());
  std::string bytes(32, '\0');
  Require(BN_mod_mul(s.get(), number(h).get(), number(a).get(), order.get(), context.get()) &&
              BN_mod_add(s.get(), s.get(), number(r).get(), order.get(), context.get()) &&
              BN_bn2le_padded(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size(), s.get()),
          "signing failed");
  return bytes;
}

// RFC 8032 section 5.1.6, with the prehash and domain of Ed25519ph.
std::string SignEd25519ph(const EVP_PKEY* key, std::string_view message) {
  std::string seed(32, '\0');
  std::string public_key(32, '\0');
  size_t size = seed.size();
  Require(
      EVP_PKEY_get_raw_private_key(key, reinterpret_cast<uint8_t*>(seed.data()), &size) &&
          EVP_PKEY_get_raw_public_key(key, reinterpret_cast<uint8_t*>(public_key.data()), &size),
      "this is no Ed25519 key");
  const std::string expanded = Sha512(seed);
  std::string a = expanded.substr(0, 32);
  a[0] = static_cast<char>(a[0] & 0xf8);
  a[31] = static_cast<char>((a[31] & 0x7f) | 0x40);

  const std::string prehash = Sha512(message);
  const std::string r = Sha512Scalar(absl::StrCat(Ed25519phDomain(), expanded.substr(32), prehash));
  ge_p3 point;
  x25519_ge_scalarmult_base(&point, Data(r));
  const ge_p2 projective = {point.X, point.Y, point.Z};
  std::string encoded(32, '\0');
  x25519_ge_tobytes(reinterpret_cast<uint8_t*>(encoded.data()), &projective);

  const std::string h = Sha512Scalar(absl::StrCat(Ed25519phDomain(), encoded, public_key, prehash));
  return encoded + ComputeS(r, h, a);
}

}  // namespace

struct TestKey::Rep {
  TestKeyType type;
  bssl::UniquePtr<EVP_PKEY> key;
};

TestKey::TestKey(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

TestKey TestKey::Generate(TestKeyType type) {
  const auto make = [](TestKeyType wanted) {
    return TestKey(std::make_shared<const Rep>(Rep{wanted, Make(wanted)}));
  };
  switch (type) {
    case TestKeyType::kRsa2048: {
      static const TestKey* const key = new TestKey(make(type));
      return *key;
    }
    case TestKeyType::kRsa3072: {
      static const TestKey* const key = new TestKey(make(type));
      return *key;
    }
    case TestKeyType::kRsa4096: {
      static const TestKey* const key = new TestKey(make(type));
      return *key;
    }
    default:
      return make(type);
  }
}

TestKeyType TestKey::type() const { return rep_->type; }

std::string TestKey::PublicDer() const { return Der(EVP_marshal_public_key, rep_->key.get()); }

std::string TestKey::PublicPem() const { return base::WritePemBlock("PUBLIC KEY", PublicDer()); }

std::string TestKey::Pkcs8() const { return Der(EVP_marshal_private_key, rep_->key.get()); }

PublicKey TestKey::Public() const { return PublicKey::FromPem(PublicPem()).value(); }

std::string TestKey::Sign(std::string_view message, TestScheme scheme) const {
  if (rep_->type == TestKeyType::kEd25519 && scheme == TestScheme::kDefault) {
    return SignEd25519ph(rep_->key.get(), message);
  }
  const int rsa_padding =
      scheme == TestScheme::kPssSha256 ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
  return SignWithHash(rep_->key.get(), HashOf(rep_->type, scheme), rsa_padding, message);
}

bool Verifies(const PublicKey& key, std::string_view message, std::string_view signature) {
  return key.Verify(Message(std::string(message)), signature, EcdsaEncoding::kDerOrP1363)
      .has_value();
}

}  // namespace countersign::crypto

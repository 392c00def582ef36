#include "crypto/ecdsa_key.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>

#include <cstdint>

#include "absl/status/status.h"

namespace countersign::crypto {
namespace {

// The first byte of an encoded point (SEC 1 section 2.3.3).
constexpr char kUncompressed = 4;
constexpr char kCompressedEven = 2;
constexpr char kCompressedOdd = 3;

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

int CurveNid(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kEcdsaP256:
      return NID_X9_62_prime256v1;
    case KeyAlgorithm::kEcdsaP384:
      return NID_secp384r1;
    case KeyAlgorithm::kEcdsaP521:
      return NID_secp521r1;
    default:
      return NID_undef;
  }
}

// The signature's numbers; null if they are not written in a way that is taken.
bssl::UniquePtr<ECDSA_SIG> ParseSignature(std::string_view bytes, const EC_GROUP* group,
                                          EcdsaEncoding encoding) {
  bssl::UniquePtr<ECDSA_SIG> signature(ECDSA_SIG_from_bytes(Data(bytes), bytes.size()));
  if (signature != nullptr || encoding == EcdsaEncoding::kDer) return signature;

  const size_t width = BN_num_bytes(EC_GROUP_get0_order(group));
  if (bytes.size() != 2 * width) return nullptr;
  bssl::UniquePtr<BIGNUM> r(BN_bin2bn(Data(bytes), width, nullptr));
  bssl::UniquePtr<BIGNUM> s(BN_bin2bn(Data(bytes) + width, width, nullptr));
  signature.reset(ECDSA_SIG_new());
  if (r == nullptr || s == nullptr || signature == nullptr) return nullptr;
  // Takes both numbers, and fails only without them.
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());
  return signature;
}

bool IsEcdsa(SignatureScheme scheme) {
  return scheme == SignatureScheme::kEcdsaSha256 || scheme == SignatureScheme::kEcdsaSha384 ||
         scheme == SignatureScheme::kEcdsaSha512;
}

}  // namespace

absl::StatusOr<EcdsaKey> EcdsaKey::FromPoint(KeyAlgorithm algorithm, std::string_view point) {
  if (!point.empty() && (point.front() == kCompressedEven || point.front() == kCompressedOdd)) {
    return absl::InvalidArgumentError(
        "its point is compressed; cosign and this project read only uncompressed ones");
  }
  bssl::UniquePtr<EC_KEY> key(EC_KEY_new_by_curve_name(CurveNid(algorithm)));
  if (key == nullptr) return absl::InternalError("BoringSSL made no ECDSA key");
  const EC_GROUP* group = EC_KEY_get0_group(key.get());
  const bssl::UniquePtr<EC_POINT> public_point(EC_POINT_new(group));
  // Checks that the point is on the curve; only the point at infinity has another first byte.
  if (point.empty() || point.front() != kUncompressed ||
      !EC_POINT_oct2point(group, public_point.get(), Data(point), point.size(), nullptr) ||
      !EC_KEY_set_public_key(key.get(), public_point.get())) {
    return absl::InvalidArgumentError("its point is not on its curve");
  }
  return EcdsaKey(std::move(key));
}

bool EcdsaKey::MayHaveMade(size_t signature_bytes) const {
  return signature_bytes <= ECDSA_size(key_.get());
}

bool EcdsaKey::VerifiesDigest(SignatureScheme scheme, std::string_view digest,
                              std::string_view signature, EcdsaEncoding encoding) const {
  // A longer one cannot hold, and its numbers need not be read.
  if (!IsEcdsa(scheme) || !MayHaveMade(signature.size())) return false;
  const bssl::UniquePtr<ECDSA_SIG> parsed =
      ParseSignature(signature, EC_KEY_get0_group(key_.get()), encoding);
  return parsed != nullptr &&
         ECDSA_do_verify(Data(digest), digest.size(), parsed.get(), key_.get()) == 1;
}

}  // namespace countersign::crypto

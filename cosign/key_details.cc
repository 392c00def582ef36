#include "cosign/key_details.h"

#include <utility>

namespace countersign::cosign {
namespace {

using crypto::KeyAlgorithm;
using crypto::SignatureScheme;

constexpr std::pair<std::string_view, KeyDetails> kDetails[] = {
    {"PKIX_ECDSA_P256_SHA_256", {KeyAlgorithm::kEcdsaP256, 0, SignatureScheme::kEcdsaSha256}},
    {"PKIX_ECDSA_P384_SHA_384", {KeyAlgorithm::kEcdsaP384, 0, SignatureScheme::kEcdsaSha384}},
    {"PKIX_ECDSA_P384_SHA_256", {KeyAlgorithm::kEcdsaP384, 0, SignatureScheme::kEcdsaSha256}},
    {"PKIX_ECDSA_P521_SHA_512", {KeyAlgorithm::kEcdsaP521, 0, SignatureScheme::kEcdsaSha512}},
    {"PKIX_ECDSA_P521_SHA_256", {KeyAlgorithm::kEcdsaP521, 0, SignatureScheme::kEcdsaSha256}},
    {"PKIX_RSA_PKCS1V15_2048_SHA256", {KeyAlgorithm::kRsa, 2048, SignatureScheme::kRsaPkcs1Sha256}},
    {"PKIX_RSA_PKCS1V15_3072_SHA256", {KeyAlgorithm::kRsa, 3072, SignatureScheme::kRsaPkcs1Sha256}},
    {"PKIX_RSA_PKCS1V15_4096_SHA256", {KeyAlgorithm::kRsa, 4096, SignatureScheme::kRsaPkcs1Sha256}},
    {"PKCS1_RSA_PKCS1V5", {KeyAlgorithm::kRsa, 0, SignatureScheme::kRsaPkcs1Sha256, true}},
    {"PKIX_ED25519", {KeyAlgorithm::kEd25519, 0, SignatureScheme::kEd25519}},
    {"PKIX_ED25519_PH", {KeyAlgorithm::kEd25519, 0, SignatureScheme::kEd25519ph}},
};

}  // namespace

std::optional<KeyDetails> KeyDetailsNamed(std::string_view name) {
  for (const auto& [known, details] : kDetails) {
    if (name == known) return details;
  }
  return std::nullopt;
}

bool IsKeyOf(const KeyDetails& details, const crypto::PublicKey& key) {
  return key.algorithm() == details.algorithm &&
         (details.rsa_bits == 0 || key.rsa_bits() == details.rsa_bits);
}

}  // namespace countersign::cosign

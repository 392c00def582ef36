#include "crypto/public_key.h"

#include <openssl/base.h>
#ifndef OPENSSL_IS_BORINGSSL
#error "crypto/ needs BoringSSL"
#endif
#include <openssl/err.h>

#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/pem_block.h"
#include "base/status_macros.h"
#include "crypto/ecdsa_key.h"
#include "crypto/ecdsa_scheme.h"
#include "crypto/ed25519_key.h"
#include "crypto/key_hashes.h"
#include "crypto/rsa_key.h"
#include "crypto/rsa_scheme.h"
#include "crypto/sha256.h"
#include "crypto/subject_public_key_info.h"

namespace countersign::crypto {
namespace {

using AnyKey = std::variant<EcdsaKey, RsaKey, Ed25519Key>;

constexpr std::string_view kLabel = "PUBLIC KEY";
constexpr std::string_view kPkcs1Label = "RSA PUBLIC KEY";
constexpr size_t kBytesHashedPerUnit = 32 << 10;

absl::Status WrongLabel(std::string_view label) {
  if (absl::EndsWith(label, "PRIVATE KEY")) {
    return absl::InvalidArgumentError(
        absl::StrCat("it is a private key (", label,
                     "), which belongs nowhere but to its owner; `cosign public-key --key FILE` "
                     "prints the public key"));
  }
  if (label == "CERTIFICATE") {
    return absl::InvalidArgumentError(
        "it is a certificate; `openssl x509 -in FILE -noout -pubkey` prints its public key");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("its PEM block is labelled ", label, ", not ", kLabel));
}

// The DER SubjectPublicKeyInfo that the block holds, or means.
absl::StatusOr<std::string> ReadInfo(base::PemBlock block) {
  if (block.label == kLabel) return std::move(block.bytes);
  if (block.label == kPkcs1Label) return WriteRsaPublicKeyInfo(block.bytes);
  return WrongLabel(block.label);
}

template <typename Hash>
std::string_view View(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The hash of the message that a scheme of ECDSA or RSA signs; empty with others.
std::string_view DigestOf(const Message& message, SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kEcdsaSha256:
    case SignatureScheme::kRsaPkcs1Sha256:
    case SignatureScheme::kRsaPssSha256:
      return View(message.Sha256());
    case SignatureScheme::kEcdsaSha384:
    case SignatureScheme::kRsaPkcs1Sha384:
      return View(message.Sha384());
    case SignatureScheme::kEcdsaSha512:
    case SignatureScheme::kRsaPkcs1Sha512:
      return View(message.Sha512());
    default:
      return "";
  }
}

absl::StatusOr<AnyKey> ReadKey(const SubjectPublicKeyInfo& info) {
  switch (info.algorithm) {
    case KeyAlgorithm::kRsa:
      return RsaKey::FromDer(info.key);
    case KeyAlgorithm::kEd25519:
      return Ed25519Key::FromBytes(info.key);
    case KeyAlgorithm::kEcdsaP256:
    case KeyAlgorithm::kEcdsaP384:
    case KeyAlgorithm::kEcdsaP521:
      return EcdsaKey::FromPoint(info.algorithm, info.key);
  }
  return absl::InternalError("a key algorithm without a reader");
}

}  // namespace

struct PublicKey::Rep {
  KeyAlgorithm algorithm;
  std::shared_ptr<const AnyKey> key;  // never null
  std::string der;
  std::string fingerprint;
  absl::Span<const HashAlgorithm> hashes;

  bool MayHaveMade(size_t signature_bytes) const {
    return std::visit([&](const auto& any) { return any.MayHaveMade(signature_bytes); }, *key);
  }

  // How the key signs digests by this hash.
  SignatureScheme SchemeWith(HashAlgorithm hash) const {
    if (algorithm == KeyAlgorithm::kEd25519) return SignatureScheme::kEd25519ph;
    return algorithm == KeyAlgorithm::kRsa ? RsaPkcs1With(hash) : EcdsaWith(hash);
  }
};

PublicKey::PublicKey(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

absl::StatusOr<PublicKey> PublicKey::FromPem(std::string_view pem) {
  CS_ASSIGN_OR_RETURN(base::PemBlock block, base::ParsePemBlock(pem));
  CS_ASSIGN_OR_RETURN(const std::string der, ReadInfo(std::move(block)));
  return FromDer(der);
}

absl::StatusOr<PublicKey> PublicKey::FromDer(std::string_view subject_public_key_info) {
  CS_ASSIGN_OR_RETURN(const SubjectPublicKeyInfo info,
                      ParseSubjectPublicKeyInfo(subject_public_key_info));
  absl::StatusOr<AnyKey> key = ReadKey(info);
  // What BoringSSL leaves in the thread's queue must not be taken for a later failure's reason.
  ERR_clear_error();
  if (!key.ok()) return key.status();
  return PublicKey(std::make_shared<const Rep>(Rep{
      info.algorithm, std::make_shared<const AnyKey>(*std::move(key)),
      std::string(subject_public_key_info),
      absl::StrCat("SHA256:", Sha256Hex(subject_public_key_info)), UsualHashes(info.algorithm)}));
}

PublicKey PublicKey::For(HashAlgorithm hash) const {
  Rep other = *rep_;
  other.hashes = HashesWith(rep_->algorithm, hash);
  return PublicKey(std::make_shared<const Rep>(std::move(other)));
}

std::optional<SignatureScheme> PublicKey::Verify(const Message& message, std::string_view signature,
                                                 EcdsaEncoding encoding) const {
  if (const auto* ed25519 = std::get_if<Ed25519Key>(rep_->key.get())) {
    const std::optional<SignatureScheme> scheme = ed25519->Verify(message, signature);
    if (!scheme.has_value()) ERR_clear_error();
    return scheme;
  }
  // Before the message is hashed.
  if (!rep_->MayHaveMade(signature.size())) return std::nullopt;
  for (const HashAlgorithm hash : rep_->hashes) {
    const SignatureScheme scheme = rep_->SchemeWith(hash);
    if (VerifyAs(scheme, message, signature, encoding)) return scheme;
  }
  return std::nullopt;
}

bool PublicKey::VerifyAs(SignatureScheme scheme, const Message& message, std::string_view signature,
                         EcdsaEncoding encoding) const {
  bool holds = false;
  if (const auto* ecdsa = std::get_if<EcdsaKey>(rep_->key.get())) {
    holds = ecdsa->VerifiesDigest(scheme, DigestOf(message, scheme), signature, encoding);
  } else if (const auto* rsa = std::get_if<RsaKey>(rep_->key.get())) {
    holds = rsa->VerifiesDigest(scheme, DigestOf(message, scheme), signature);
  } else {
    holds = std::get<Ed25519Key>(*rep_->key).VerifiesAs(scheme, message, signature);
  }
  if (!holds) ERR_clear_error();
  return holds;
}

std::optional<SignatureScheme> PublicKey::VerifyDigest(HashAlgorithm algorithm,
                                                       std::string_view digest,
                                                       std::string_view signature,
                                                       EcdsaEncoding encoding) const {
  if (!absl::c_linear_search(rep_->hashes, algorithm)) return std::nullopt;
  if (digest.size() != DigestSize(algorithm)) return std::nullopt;
  const SignatureScheme scheme = rep_->SchemeWith(algorithm);
  bool holds = false;
  if (const auto* ecdsa = std::get_if<EcdsaKey>(rep_->key.get())) {
    holds = ecdsa->VerifiesDigest(scheme, digest, signature, encoding);
  } else if (const auto* rsa = std::get_if<RsaKey>(rep_->key.get())) {
    holds = rsa->VerifiesDigest(scheme, digest, signature);
  } else {
    holds = std::get<Ed25519Key>(*rep_->key).VerifiesSha512(digest, signature);
  }
  if (holds) return scheme;
  ERR_clear_error();
  return std::nullopt;
}

absl::Span<const HashAlgorithm> PublicKey::hashes() const { return rep_->hashes; }

size_t PublicKey::Cost() const {
  switch (rep_->algorithm) {
    case KeyAlgorithm::kEcdsaP384:
      return 10;
    case KeyAlgorithm::kEcdsaP521:
      return 24;
    case KeyAlgorithm::kRsa:
    case KeyAlgorithm::kEd25519:
      return 2;
    case KeyAlgorithm::kEcdsaP256:
      break;
  }
  // One verification by each.
  return rep_->hashes.size();
}

size_t PublicKey::Cost(size_t message_bytes, size_t signature_bytes) const {
  if (!rep_->MayHaveMade(signature_bytes)) return 0;
  const bool hashes_anew = rep_->algorithm == KeyAlgorithm::kEd25519;
  return Cost() + (hashes_anew ? message_bytes / kBytesHashedPerUnit : 0);
}

KeyAlgorithm PublicKey::algorithm() const { return rep_->algorithm; }

std::string PublicKey::Description() const {
  switch (rep_->algorithm) {
    case KeyAlgorithm::kEcdsaP256:
      return "ECDSA P-256";
    case KeyAlgorithm::kEcdsaP384:
      return "ECDSA P-384";
    case KeyAlgorithm::kEcdsaP521:
      return "ECDSA P-521";
    case KeyAlgorithm::kEd25519:
      return "Ed25519";
    case KeyAlgorithm::kRsa:
      break;
  }
  return absl::StrCat("RSA ", std::get<RsaKey>(*rep_->key).bits());
}

const std::string& PublicKey::der() const { return rep_->der; }

std::string PublicKey::Fingerprint() const { return rep_->fingerprint; }

size_t PublicKey::rsa_bits() const {
  const auto* const rsa = std::get_if<RsaKey>(rep_->key.get());
  return rsa == nullptr ? 0 : rsa->bits();
}

}  // namespace countersign::crypto

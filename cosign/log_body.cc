#include "cosign/log_body.h"

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cosign/key_details.h"
#include "cosign/log_body_form.h"
#include "crypto/check_switch.h"
#include "crypto/hash_algorithm.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
namespace {

using crypto::HashAlgorithm;
using crypto::SignatureScheme;

// The hash that a scheme takes. Pure Ed25519 takes none: nothing that is logged by a hash can be
// signed so.
HashAlgorithm HashOf(SignatureScheme scheme) {
  switch (scheme) {
    case SignatureScheme::kEcdsaSha256:
    case SignatureScheme::kRsaPkcs1Sha256:
    case SignatureScheme::kRsaPssSha256:
      return HashAlgorithm::kSha256;
    case SignatureScheme::kEcdsaSha384:
    case SignatureScheme::kRsaPkcs1Sha384:
      return HashAlgorithm::kSha384;
    case SignatureScheme::kEcdsaSha512:
    case SignatureScheme::kRsaPkcs1Sha512:
    case SignatureScheme::kEd25519ph:
      return HashAlgorithm::kSha512;
    case SignatureScheme::kEd25519:
    case SignatureScheme::kUnspecified:
      break;
  }
  return HashAlgorithm::kUnspecified;
}

// "": it is not known.
std::string HexOfSignedBytes(const LoggedSignature& signature, HashAlgorithm algorithm) {
  if (signature.signed_bytes != nullptr) {
    return absl::BytesToHexString(crypto::DigestOf(*signature.signed_bytes, algorithm));
  }
  return algorithm == signature.digest_algorithm ? absl::BytesToHexString(signature.digest) : "";
}

// The first that has it; null: none.
const LoggedSigner* FindSigner(const LoggedBody& body, std::string_view signature) {
  for (const LoggedSigner& signer : body.signers) {
    if (!signer.signature.has_value() || *signer.signature == signature ||
        crypto::IsOff(crypto::Check::kEntryIsOfSignature)) {
      return &signer;
    }
  }
  return nullptr;
}

bool IsLoggedKey(const LoggedKey& key, const LoggedSignature& signature) {
  if (!key.is_certificate) {
    return signature.certificate == nullptr && key.der == signature.key->der();
  }
  const crypto::Certificate* const certificate =
      signature.certificate != nullptr ? signature.certificate : signature.key_certificate;
  return certificate != nullptr && key.der == certificate->der();
}

bool AreDetailsOf(const KeyDetails& details, const LoggedSignature& signature) {
  return IsKeyOf(details, *signature.key) && details.scheme == signature.scheme;
}

std::optional<std::string> WhyOtherArtifact(const LoggedHash& hash, Hashed hashed,
                                            const LoggedSignature& signature) {
  const HashAlgorithm wanted =
      hashed == Hashed::kSignedBytesByScheme ? HashOf(signature.scheme) : HashAlgorithm::kSha256;
  if (wanted == HashAlgorithm::kUnspecified || hash.algorithm != wanted) {
    return "its body has another kind of hash than what was signed";
  }
  if (hashed == Hashed::kPayloadBySha256) {
    if (hash.hex == crypto::Sha256Hex(signature.payload)) return std::nullopt;
    return "its body is of another payload";
  }
  const std::string known = HexOfSignedBytes(signature, wanted);
  if (!known.empty() && hash.hex == known) return std::nullopt;
  return "its body is of another artifact";
}

}  // namespace

std::optional<std::string> WhyLoggedOtherwise(const LogEntry& entry,
                                              const LoggedSignature& signature) {
  const bool is_text_known = !signature.text_sha256.empty();
  const LogBodyKind* const kind = FindLogBodyKind(entry, is_text_known);
  if (kind == nullptr) return "it is of a kind or a version that is not known";
  if (!kind->Fits(signature.content)) return "it is of a kind that no such signature is logged as";
  const absl::StatusOr<LoggedBody> logged = ReadLogBody(entry, *kind, is_text_known);
  if (!logged.ok()) return absl::StrCat("its body is malformed: ", logged.status().message());
  const LoggedSigner* const signer = FindSigner(*logged, signature.signature);
  if (signer == nullptr) return "its body is of another signature";
  if (!IsLoggedKey(signer->key, signature)) return "its body is of another signer";
  if (logged->details && !AreDetailsOf(*logged->details, signature)) {
    return "its body says that the key is of another kind, or signs otherwise";
  }
  if (logged->payload_type && *logged->payload_type != signature.payload_type) {
    return "its body is of another type of payload";
  }
  if (logged->text_hash && (logged->text_hash->algorithm != HashAlgorithm::kSha256 ||
                            logged->text_hash->hex != signature.text_sha256)) {
    return "its body is of another text of the envelope";
  }
  return logged->hash ? WhyOtherArtifact(*logged->hash, kind->hashed, signature) : std::nullopt;
}

}  // namespace countersign::cosign

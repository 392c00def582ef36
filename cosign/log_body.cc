#include "cosign/log_body.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/pem_block.h"
#include "base/status_macros.h"
#include "cosign/hash_name.h"
#include "cosign/key_details.h"
#include "cosign/log_entry_json.h"
#include "crypto/check_switch.h"
#include "crypto/hash_algorithm.h"
#include "crypto/sha256.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;
using crypto::HashAlgorithm;
using crypto::SignatureScheme;

// Who signed: a certificate, or a key without one.
struct LoggedKey {
  bool is_certificate = false;
  std::string der;  // of the certificate, or SubjectPublicKeyInfo
};

struct LoggedHash {
  HashAlgorithm algorithm = HashAlgorithm::kUnspecified;
  std::string hex;
};

// What a body says, whatever its kind.
struct Logged {
  std::string signature;  // raw bytes
  LoggedKey key;
  std::optional<KeyDetails> details;
  std::optional<std::string> payload_type;
  LoggedHash hash;
};

// What a hash in a body is of, and by which algorithm.
enum class Hashed { kSignedBytesByScheme, kSignedBytesBySha256, kPayloadBySha256 };

struct Kind {
  std::string_view name;
  std::string_view version;
  bool is_for_messages;
  bool is_for_envelopes;
  Hashed hashed;
  absl::StatusOr<Logged> (*read)(const JsonPlace& spec);

  bool Fits(LoggedSignature::Content content) const {
    return (is_for_messages && content == LoggedSignature::Content::kMessage) ||
           (is_for_envelopes && content == LoggedSignature::Content::kEnvelope);
  }
};

HashAlgorithm Rekor1HashNamed(std::string_view name) {
  if (name == "sha256") return HashAlgorithm::kSha256;
  if (name == "sha384") return HashAlgorithm::kSha384;
  if (name == "sha512") return HashAlgorithm::kSha512;
  return HashAlgorithm::kUnspecified;
}

absl::StatusOr<LoggedHash> ReadRekor1Hash(const JsonPlace& parent, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const JsonPlace place, parent.RequiredObject(name));
  LoggedHash hash;
  CS_ASSIGN_OR_RETURN(const std::string algorithm, place.RequiredString("algorithm"));
  hash.algorithm = Rekor1HashNamed(algorithm);
  CS_ASSIGN_OR_RETURN(hash.hex, place.RequiredString("value"));
  return hash;
}

// The base64 of a PEM text.
absl::StatusOr<LoggedKey> ReadRekor1Key(const JsonPlace& parent, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const std::string pem, parent.RequiredProtoBytes(name));
  absl::StatusOr<base::PemBlock> block = base::ParsePemBlock(pem);
  const bool is_certificate = block.ok() && block->label == "CERTIFICATE";
  if (!block.ok() || (!is_certificate && block->label != "PUBLIC KEY")) {
    return parent.MemberError(name, "must be one PEM block, a certificate or a public key");
  }
  return LoggedKey{is_certificate, std::move(block->bytes)};
}

absl::StatusOr<JsonPlace> ReadOnlyElement(const JsonPlace& parent, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, parent.OptionalObjects(name));
  if (elements.size() != 1) return parent.MemberError(name, "must hold exactly one");
  return elements.front();
}

absl::StatusOr<Logged> ReadHashedRekord1(const JsonPlace& spec) {
  Logged logged;
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, spec.RequiredObject("signature"));
  CS_ASSIGN_OR_RETURN(logged.signature, signature.RequiredProtoBytes("content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace key, signature.RequiredObject("publicKey"));
  CS_ASSIGN_OR_RETURN(logged.key, ReadRekor1Key(key, "content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace data, spec.RequiredObject("data"));
  CS_ASSIGN_OR_RETURN(logged.hash, ReadRekor1Hash(data, "hash"));
  return logged;
}

// What hashedrekord came from: signatures of any format, of which one has the same key and hash.
absl::StatusOr<Logged> ReadRekord(const JsonPlace& spec) {
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, spec.RequiredObject("signature"));
  CS_ASSIGN_OR_RETURN(const std::string format, signature.RequiredString("format"));
  if (format != "x509") return signature.MemberError("format", "must be x509");
  return ReadHashedRekord1(spec);
}

absl::StatusOr<Logged> ReadDsse(const JsonPlace& spec) {
  Logged logged;
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, ReadOnlyElement(spec, "signatures"));
  CS_ASSIGN_OR_RETURN(logged.signature, signature.RequiredProtoBytes("signature"));
  CS_ASSIGN_OR_RETURN(logged.key, ReadRekor1Key(signature, "verifier"));
  CS_ASSIGN_OR_RETURN(logged.hash, ReadRekor1Hash(spec, "payloadHash"));
  return logged;
}

absl::StatusOr<Logged> ReadInToto(const JsonPlace& spec) {
  Logged logged;
  CS_ASSIGN_OR_RETURN(const JsonPlace content, spec.RequiredObject("content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace envelope, content.RequiredObject("envelope"));
  CS_ASSIGN_OR_RETURN(logged.payload_type, envelope.RequiredString("payloadType"));
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, ReadOnlyElement(envelope, "signatures"));
  // Rekor takes the envelope's base64 for the bytes, and encodes it once more.
  CS_ASSIGN_OR_RETURN(const std::string text, signature.RequiredProtoBytes("sig"));
  absl::StatusOr<std::string> raw = base::DecodeProtoBase64(text);
  if (!raw.ok() && !crypto::IsOff(crypto::Check::kEntryIsOfSignature)) {
    return signature.MemberError("sig", "must be the base64 of base64");
  }
  if (raw.ok()) logged.signature = *std::move(raw);
  CS_ASSIGN_OR_RETURN(logged.key, ReadRekor1Key(signature, "publicKey"));
  CS_ASSIGN_OR_RETURN(logged.hash, ReadRekor1Hash(content, "payloadHash"));
  return logged;
}

absl::StatusOr<LoggedKey> ReadRekor2Key(const JsonPlace& verifier) {
  CS_ASSIGN_OR_RETURN(const auto certificate, verifier.OptionalObject("x509Certificate"));
  CS_ASSIGN_OR_RETURN(const auto key, verifier.OptionalObject("publicKey"));
  if (certificate.has_value() == key.has_value()) {
    return verifier.Error("must have one of x509Certificate, publicKey");
  }
  LoggedKey logged{.is_certificate = certificate.has_value()};
  CS_ASSIGN_OR_RETURN(logged.der, (key ? key : certificate)->RequiredProtoBytes("rawBytes"));
  return logged;
}

absl::StatusOr<KeyDetails> ReadDetails(const JsonPlace& verifier) {
  CS_ASSIGN_OR_RETURN(const std::string name, verifier.RequiredString("keyDetails"));
  const std::optional<KeyDetails> details = KeyDetailsNamed(name);
  if (!details || details->is_pkcs1) return verifier.MemberError("keyDetails", "is not known");
  return *details;
}

absl::StatusOr<Logged> ReadHashedRekord2(const JsonPlace& spec) {
  Logged logged;
  CS_ASSIGN_OR_RETURN(const JsonPlace record, spec.RequiredObject("hashedRekordV002"));
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, record.RequiredObject("signature"));
  CS_ASSIGN_OR_RETURN(logged.signature, signature.RequiredProtoBytes("content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace verifier, signature.RequiredObject("verifier"));
  CS_ASSIGN_OR_RETURN(logged.key, ReadRekor2Key(verifier));
  CS_ASSIGN_OR_RETURN(logged.details, ReadDetails(verifier));
  CS_ASSIGN_OR_RETURN(const JsonPlace data, record.RequiredObject("data"));
  CS_ASSIGN_OR_RETURN(const std::string algorithm, data.RequiredString("algorithm"));
  logged.hash.algorithm = HashNamed(algorithm);
  CS_ASSIGN_OR_RETURN(const std::string digest, data.RequiredProtoBytes("digest"));
  logged.hash.hex = absl::BytesToHexString(digest);
  return logged;
}

constexpr Kind kKinds[] = {
    {"hashedrekord", "0.0.1", true, false, Hashed::kSignedBytesByScheme, &ReadHashedRekord1},
    {"hashedrekord", "0.0.2", true, true, Hashed::kSignedBytesByScheme, &ReadHashedRekord2},
    {"dsse", "0.0.1", false, true, Hashed::kPayloadBySha256, &ReadDsse},
    {"intoto", "0.0.2", false, true, Hashed::kPayloadBySha256, &ReadInToto},
    {"rekord", "0.0.1", true, false, Hashed::kSignedBytesBySha256, &ReadRekord},
};

const Kind* FindKind(const LogEntry& entry) {
  for (const Kind& kind : kKinds) {
    if (kind.name == entry.kind && kind.version == entry.version) return &kind;
  }
  return nullptr;
}

absl::StatusOr<Logged> ReadBody(const LogEntry& entry, const Kind& kind) {
  CS_ASSIGN_OR_RETURN(const base::Json document,
                      base::ParseJson(entry.body, {.max_bytes = kMaxLogEntryBodyBytes,
                                                   .max_depth = kMaxLogBodyDepth,
                                                   .max_values = kMaxLogBodyValues}));
  const JsonPlace body(document);
  CS_ASSIGN_OR_RETURN(const std::string name, body.RequiredString("kind"));
  if (name != kind.name) return body.MemberError("kind", "is not the entry's");
  CS_ASSIGN_OR_RETURN(const std::string version, body.RequiredString("apiVersion"));
  if (version != kind.version) return body.MemberError("apiVersion", "is not the entry's version");
  CS_ASSIGN_OR_RETURN(const JsonPlace spec, body.RequiredObject("spec"));
  return kind.read(spec);
}

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

std::string Hex(const crypto::Sha256Digest& digest) {
  return absl::BytesToHexString(std::string(digest.begin(), digest.end()));
}

// "" of bytes that are not known.
std::string HexOfSignedBytes(const LoggedSignature& signature, HashAlgorithm algorithm) {
  if (algorithm == HashAlgorithm::kSha256) return Hex(signature.sha256);
  if (signature.signed_bytes == nullptr) return "";
  return absl::BytesToHexString(crypto::DigestOf(*signature.signed_bytes, algorithm));
}

bool IsLoggedKey(const LoggedKey& key, const LoggedSignature& signature) {
  if (signature.certificate == nullptr) {
    return !key.is_certificate && key.der == signature.key->der();
  }
  return key.is_certificate && key.der == signature.certificate->der();
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
  if (hash.hex == HexOfSignedBytes(signature, wanted)) return std::nullopt;
  return "its body is of another artifact";
}

}  // namespace

std::optional<std::string> WhyLoggedOtherwise(const LogEntry& entry,
                                              const LoggedSignature& signature) {
  const Kind* const kind = FindKind(entry);
  if (kind == nullptr) return "it is of a kind or a version that is not known";
  if (!kind->Fits(signature.content)) return "it is of a kind that no such signature is logged as";
  const absl::StatusOr<Logged> logged = ReadBody(entry, *kind);
  if (!logged.ok()) return absl::StrCat("its body is malformed: ", logged.status().message());
  if (logged->signature != signature.signature &&
      !crypto::IsOff(crypto::Check::kEntryIsOfSignature)) {
    return "its body is of another signature";
  }
  if (!IsLoggedKey(logged->key, signature)) return "its body is of another signer";
  if (logged->details && !AreDetailsOf(*logged->details, signature)) {
    return "its body says that the key is of another kind, or signs otherwise";
  }
  if (logged->payload_type && *logged->payload_type != signature.payload_type) {
    return "its body is of another type of payload";
  }
  return WhyOtherArtifact(logged->hash, kind->hashed, signature);
}

}  // namespace countersign::cosign

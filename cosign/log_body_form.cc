#include "cosign/log_body_form.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/pem_block.h"
#include "base/status_macros.h"
#include "cosign/hash_name.h"
#include "cosign/log_entry_json.h"
#include "cosign/signed_envelope.h"
#include "crypto/check_switch.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;
using crypto::HashAlgorithm;

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

// The signatures of an envelope: of one that is kept as its text all that it has.
absl::StatusOr<std::vector<JsonPlace>> ReadSignatures(const JsonPlace& parent, bool is_text_known) {
  CS_ASSIGN_OR_RETURN(std::vector<JsonPlace> elements, parent.OptionalObjects("signatures"));
  if (!is_text_known && elements.size() != 1) {
    return parent.MemberError("signatures", "must hold exactly one");
  }
  if (elements.empty() || elements.size() > kMaxEnvelopeSignatures) {
    return parent.MemberError("signatures",
                              absl::StrCat("must hold 1 to ", kMaxEnvelopeSignatures));
  }
  return elements;
}

absl::StatusOr<LoggedBody> ReadHashedRekord1(const JsonPlace& spec, bool) {
  LoggedBody logged;
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, spec.RequiredObject("signature"));
  LoggedSigner& signer = logged.signers.emplace_back();
  CS_ASSIGN_OR_RETURN(signer.signature, signature.RequiredProtoBytes("content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace key, signature.RequiredObject("publicKey"));
  CS_ASSIGN_OR_RETURN(signer.key, ReadRekor1Key(key, "content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace data, spec.RequiredObject("data"));
  CS_ASSIGN_OR_RETURN(logged.hash, ReadRekor1Hash(data, "hash"));
  return logged;
}

// What hashedrekord came from: signatures of any format, of which one has the same key and hash.
absl::StatusOr<LoggedBody> ReadRekord(const JsonPlace& spec, bool is_text_known) {
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, spec.RequiredObject("signature"));
  CS_ASSIGN_OR_RETURN(const std::string format, signature.RequiredString("format"));
  if (format != "x509") return signature.MemberError("format", "must be x509");
  return ReadHashedRekord1(spec, is_text_known);
}

absl::StatusOr<LoggedBody> ReadDsse(const JsonPlace& spec, bool is_text_known) {
  LoggedBody logged;
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> signatures, ReadSignatures(spec, is_text_known));
  for (const JsonPlace& signature : signatures) {
    LoggedSigner& signer = logged.signers.emplace_back();
    CS_ASSIGN_OR_RETURN(signer.signature, signature.RequiredProtoBytes("signature"));
    CS_ASSIGN_OR_RETURN(signer.key, ReadRekor1Key(signature, "verifier"));
  }
  CS_ASSIGN_OR_RETURN(logged.hash, ReadRekor1Hash(spec, "payloadHash"));
  if (is_text_known) {
    CS_ASSIGN_OR_RETURN(logged.text_hash, ReadRekor1Hash(spec, "envelopeHash"));
  }
  return logged;
}

// Rekor takes the envelope's base64 for the bytes, and encodes it once more.
absl::StatusOr<std::string> ReadTwiceEncoded(const JsonPlace& signature) {
  CS_ASSIGN_OR_RETURN(const std::string text, signature.RequiredProtoBytes("sig"));
  absl::StatusOr<std::string> raw = base::DecodeProtoBase64(text);
  if (raw.ok()) return raw;
  if (crypto::IsOff(crypto::Check::kEntryIsOfSignature)) return "";
  return signature.MemberError("sig", "must be the base64 of base64");
}

absl::StatusOr<LoggedBody> ReadInToto2(const JsonPlace& spec, bool is_text_known) {
  LoggedBody logged;
  CS_ASSIGN_OR_RETURN(const JsonPlace content, spec.RequiredObject("content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace envelope, content.RequiredObject("envelope"));
  CS_ASSIGN_OR_RETURN(logged.payload_type, envelope.RequiredString("payloadType"));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> signatures,
                      ReadSignatures(envelope, is_text_known));
  for (const JsonPlace& signature : signatures) {
    LoggedSigner& signer = logged.signers.emplace_back();
    CS_ASSIGN_OR_RETURN(signer.signature, ReadTwiceEncoded(signature));
    CS_ASSIGN_OR_RETURN(signer.key, ReadRekor1Key(signature, "publicKey"));
  }
  CS_ASSIGN_OR_RETURN(logged.hash, ReadRekor1Hash(content, "payloadHash"));
  if (is_text_known) {
    CS_ASSIGN_OR_RETURN(logged.text_hash, ReadRekor1Hash(content, "hash"));
  }
  return logged;
}

// Of an envelope's text, which holds the signatures, and by whom one of them is.
absl::StatusOr<LoggedBody> ReadInToto1(const JsonPlace& spec, bool) {
  LoggedBody logged;
  LoggedSigner& signer = logged.signers.emplace_back();
  CS_ASSIGN_OR_RETURN(signer.key, ReadRekor1Key(spec, "publicKey"));
  CS_ASSIGN_OR_RETURN(const JsonPlace content, spec.RequiredObject("content"));
  CS_ASSIGN_OR_RETURN(logged.text_hash, ReadRekor1Hash(content, "hash"));
  CS_ASSIGN_OR_RETURN(const auto payload_hash, content.OptionalObject("payloadHash"));
  if (payload_hash) {
    CS_ASSIGN_OR_RETURN(logged.hash, ReadRekor1Hash(content, "payloadHash"));
  }
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

absl::StatusOr<LoggedBody> ReadHashedRekord2(const JsonPlace& spec, bool) {
  LoggedBody logged;
  CS_ASSIGN_OR_RETURN(const JsonPlace record, spec.RequiredObject("hashedRekordV002"));
  CS_ASSIGN_OR_RETURN(const JsonPlace signature, record.RequiredObject("signature"));
  LoggedSigner& signer = logged.signers.emplace_back();
  CS_ASSIGN_OR_RETURN(signer.signature, signature.RequiredProtoBytes("content"));
  CS_ASSIGN_OR_RETURN(const JsonPlace verifier, signature.RequiredObject("verifier"));
  CS_ASSIGN_OR_RETURN(signer.key, ReadRekor2Key(verifier));
  CS_ASSIGN_OR_RETURN(logged.details, ReadDetails(verifier));
  CS_ASSIGN_OR_RETURN(const JsonPlace data, record.RequiredObject("data"));
  CS_ASSIGN_OR_RETURN(const std::string algorithm, data.RequiredString("algorithm"));
  CS_ASSIGN_OR_RETURN(const std::string digest, data.RequiredProtoBytes("digest"));
  logged.hash = LoggedHash{HashNamed(algorithm), absl::BytesToHexString(digest)};
  return logged;
}

constexpr LogBodyKind kLogBodyKinds[] = {
    {.name = "hashedrekord",
     .version = "0.0.1",
     .is_for_messages = true,
     .hashed = Hashed::kSignedBytesByScheme,
     .read = &ReadHashedRekord1},
    {.name = "hashedrekord",
     .version = "0.0.2",
     .is_for_messages = true,
     .is_for_envelopes = true,
     .hashed = Hashed::kSignedBytesByScheme,
     .read = &ReadHashedRekord2},
    {.name = "dsse",
     .version = "0.0.1",
     .is_for_envelopes = true,
     .hashed = Hashed::kPayloadBySha256,
     .read = &ReadDsse},
    {.name = "intoto",
     .version = "0.0.2",
     .is_for_envelopes = true,
     .hashed = Hashed::kPayloadBySha256,
     .read = &ReadInToto2},
    {.name = "intoto",
     .version = "0.0.1",
     .is_for_envelopes = true,
     .is_of_text = true,
     .hashed = Hashed::kPayloadBySha256,
     .read = &ReadInToto1},
    {.name = "rekord",
     .version = "0.0.1",
     .is_for_messages = true,
     .hashed = Hashed::kSignedBytesBySha256,
     .read = &ReadRekord},
};

}  // namespace

const LogBodyKind* FindLogBodyKind(const LogEntry& entry, bool is_text_known) {
  for (const LogBodyKind& kind : kLogBodyKinds) {
    if (kind.name == entry.kind && kind.version == entry.version) {
      return kind.is_of_text && !is_text_known ? nullptr : &kind;
    }
  }
  return nullptr;
}

absl::StatusOr<LoggedBody> ReadLogBody(const LogEntry& entry, const LogBodyKind& kind,
                                       bool is_text_known) {
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
  return kind.read(spec, is_text_known);
}

}  // namespace countersign::cosign

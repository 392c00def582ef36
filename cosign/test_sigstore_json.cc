#include "cosign/test_sigstore_json.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cosign/dsse.h"
#include "cosign/form.h"
#include "cosign/key_details.h"
#include "cosign/layer_witnesses.h"
#include "cosign/log_entry_data.h"
#include "cosign/material.h"
#include "crypto/certificate.h"
#include "crypto/hash_algorithm.h"
#include "crypto/sha256.h"

namespace countersign::cosign {
namespace {

using base::Json;

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

std::string Base64(const crypto::Sha256Digest& digest) {
  return Base64(std::string(digest.begin(), digest.end()));
}

Json Raw(const crypto::Certificate& certificate) {
  return {{"rawBytes", Base64(certificate.der())}};
}

Json Chain(const std::vector<crypto::Certificate>& certificates) {
  Json list = Json::array();
  for (const crypto::Certificate& certificate : certificates) list.push_back(Raw(certificate));
  return {{"certificates", std::move(list)}};
}

std::string_view MediaTypeOf(Form form) {
  switch (form) {
    case Form::kBundleV01:
      return "application/vnd.dev.sigstore.bundle+json;version=0.1";
    case Form::kBundleV02:
      return "application/vnd.dev.sigstore.bundle+json;version=0.2";
    default:
      return "application/vnd.dev.sigstore.bundle.v0.3+json";
  }
}

std::string_view NameOf(crypto::HashAlgorithm algorithm) {
  switch (algorithm) {
    case crypto::HashAlgorithm::kSha384:
      return "SHA2_384";
    case crypto::HashAlgorithm::kSha512:
      return "SHA2_512";
    default:
      return "SHA2_256";
  }
}

Json ProofJson(const InclusionProof& proof) {
  Json hashes = Json::array();
  for (const crypto::Sha256Digest& hash : proof.hashes) hashes.push_back(Base64(hash));
  return {{"logIndex", absl::StrCat(proof.index)},
          {"treeSize", absl::StrCat(proof.tree_size)},
          {"rootHash", Base64(proof.root)},
          {"hashes", std::move(hashes)},
          {"checkpoint", {{"envelope", proof.checkpoint}}}};
}

Json EntryJson(const LogEntry& entry) {
  Json json = {{"logIndex", absl::StrCat(entry.index)},
               {"logId", {{"keyId", Base64(entry.log_id)}}},
               {"kindVersion", {{"kind", entry.kind}, {"version", entry.version}}},
               {"integratedTime", absl::StrCat(entry.integrated_time)},
               {"canonicalizedBody", Base64(entry.body)}};
  if (!entry.promise.empty()) {
    json["inclusionPromise"] = {{"signedEntryTimestamp", Base64(entry.promise)}};
  }
  if (entry.proof.has_value()) json["inclusionProof"] = ProofJson(*entry.proof);
  return json;
}

Json MessageJson(const MessageSignature& message, std::string_view signature) {
  Json json = {{"signature", Base64(signature)}};
  if (message.digest.has_value()) {
    json["messageDigest"] = {{"algorithm", NameOf(message.digest->algorithm)},
                             {"digest", Base64(message.digest->bytes)}};
  }
  return json;
}

Json EnvelopeJson(const Envelope& envelope, std::string_view signature) {
  return {{"payload", Base64(envelope.payload)},
          {"payloadType", envelope.payload_type},
          {"signatures", Json::array({{{"sig", Base64(signature)}}})}};
}

Json MaterialJson(const Bundle& bundle) {
  Json json = Json::object();
  if (const auto* certificate = std::get_if<crypto::Certificate>(&bundle.material)) {
    if (bundle.form == Form::kBundleV03) {
      json["certificate"] = Raw(*certificate);
    } else {
      json["x509CertificateChain"] = Chain({*certificate});
    }
  } else if (const auto* hint = std::get_if<KeyHint>(&bundle.material)) {
    json["publicKey"] = {{"hint", hint->hint}};
  }
  for (const LogEntry& entry : bundle.entries) json["tlogEntries"].push_back(EntryJson(entry));
  for (const std::string& timestamp : bundle.timestamps) {
    json["timestampVerificationData"]["rfc3161Timestamps"].push_back(
        {{"signedTimestamp", Base64(timestamp)}});
  }
  return json;
}

Json WindowJson(const std::optional<absl::Time>& start, const std::optional<absl::Time>& end) {
  Json json = Json::object();
  const auto text = [](absl::Time time) {
    return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
  };
  if (start.has_value()) json["start"] = text(*start);
  if (end.has_value()) json["end"] = text(*end);
  return json;
}

std::string_view DetailsOf(const TrustedLog& log) {
  for (const std::string_view name :
       {"PKIX_ECDSA_P256_SHA_256", "PKIX_ECDSA_P384_SHA_384", "PKIX_ECDSA_P384_SHA_256",
        "PKIX_ECDSA_P521_SHA_512", "PKIX_ECDSA_P521_SHA_256", "PKIX_RSA_PKCS1V15_2048_SHA256",
        "PKIX_RSA_PKCS1V15_3072_SHA256", "PKIX_RSA_PKCS1V15_4096_SHA256", "PKIX_ED25519"}) {
    const std::optional<KeyDetails> details = KeyDetailsNamed(name);
    if (details.has_value() && IsKeyOf(*details, log.key) && details->scheme == log.scheme) {
      return name;
    }
  }
  std::abort();  // no log signs like that
}

Json LogJson(const TrustedLog& log) {
  Json json = {{"baseUrl", log.base_url},
               {"hashAlgorithm", "SHA2_256"},
               {"publicKey",
                {{"rawBytes", Base64(log.key.der())},
                 {"keyDetails", DetailsOf(log)},
                 {"validFor", WindowJson(log.valid_for.start, log.valid_for.end)}}},
               {"logId", {{"keyId", Base64(log.id)}}}};
  if (!log.checkpoint_key_id.empty()) {
    json["checkpointKeyId"] = {{"keyId", Base64(log.checkpoint_key_id)}};
  }
  if (!log.operator_name.empty()) json["operator"] = log.operator_name;
  return json;
}

Json AuthorityJson(const std::vector<crypto::Certificate>& chain, Json window, std::string_view uri,
                   std::string_view operator_name) {
  Json json = {{"uri", uri}, {"certChain", Chain(chain)}, {"validFor", std::move(window)}};
  if (!operator_name.empty()) json["operator"] = operator_name;
  return json;
}

}  // namespace

Json TestBundleJson(const Bundle& bundle) {
  Json json = {{"mediaType", MediaTypeOf(bundle.form)},
               {"verificationMaterial", MaterialJson(bundle)}};
  if (const auto* message = std::get_if<MessageSignature>(&bundle.content)) {
    json["messageSignature"] = MessageJson(*message, bundle.signature);
  } else {
    json["dsseEnvelope"] = EnvelopeJson(std::get<Envelope>(bundle.content), bundle.signature);
  }
  return json;
}

Json TestEnvelopeJson(const Envelope& envelope, const std::vector<std::string>& signatures) {
  Json list = Json::array();
  for (const std::string& signature : signatures) {
    list.push_back({{"keyid", ""}, {"sig", Base64(signature)}});
  }
  return {{"payloadType", envelope.payload_type},
          {"payload", Base64(envelope.payload)},
          {"signatures", std::move(list)}};
}

std::map<std::string, std::string> TestLayerAnnotations(const Bundle& bundle) {
  std::map<std::string, std::string> annotations;
  if (const auto* certificate = std::get_if<crypto::Certificate>(&bundle.material)) {
    annotations[std::string(kCertificateAnnotation)] = certificate->Pem();
  }
  if (!bundle.entries.empty()) {
    const LogEntry& entry = bundle.entries.front();
    annotations[std::string(kLogEntryAnnotation)] =
        Json({{"SignedEntryTimestamp", Base64(entry.promise)},
              {"Payload",
               {{"body", Base64(entry.body)},
                {"integratedTime", entry.integrated_time},
                {"logIndex", entry.index},
                {"logID", absl::BytesToHexString(entry.log_id)}}}})
            .dump();
  }
  if (!bundle.timestamps.empty()) {
    annotations[std::string(kTimestampAnnotation)] =
        Json({{"SignedRFC3161Timestamp", Base64(bundle.timestamps.front())}}).dump();
  }
  return annotations;
}

Json TestTrustedRootJson(const TrustedRoot& root) {
  Json json = {{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
               {"tlogs", Json::array()},
               {"ctlogs", Json::array()},
               {"certificateAuthorities", Json::array()},
               {"timestampAuthorities", Json::array()}};
  for (const TrustedLog& log : root.logs) json["tlogs"].push_back(LogJson(log));
  for (const TrustedLog& log : root.certificate_logs) json["ctlogs"].push_back(LogJson(log));
  for (const TrustedCertificateAuthority& authority : root.certificate_authorities) {
    json["certificateAuthorities"].push_back(AuthorityJson(
        authority.chain, WindowJson(authority.valid_for.start, authority.valid_for.end),
        authority.uri, authority.operator_name));
  }
  for (const TrustedTimestampAuthority& trusted : root.timestamp_authorities) {
    json["timestampAuthorities"].push_back(AuthorityJson(
        trusted.authority.chain, WindowJson(trusted.authority.start, trusted.authority.end),
        trusted.uri, trusted.operator_name));
  }
  return json;
}

}  // namespace countersign::cosign

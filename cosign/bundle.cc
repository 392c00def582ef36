#include "cosign/bundle.h"

#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/status_macros.h"
#include "cosign/certificate_json.h"
#include "cosign/hash_name.h"
#include "cosign/log_entry_json.h"
#include "crypto/certificate.h"
#include "crypto/check_switch.h"
#include "crypto/timestamp.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;

constexpr std::pair<std::string_view, Form> kMediaTypes[] = {
    {"application/vnd.dev.sigstore.bundle+json;version=0.1", Form::kBundleV01},
    {"application/vnd.dev.sigstore.bundle+json;version=0.2", Form::kBundleV02},
    {"application/vnd.dev.sigstore.bundle+json;version=0.3", Form::kBundleV03},
    {"application/vnd.dev.sigstore.bundle.v0.1+json", Form::kBundleV01},
    {"application/vnd.dev.sigstore.bundle.v0.2+json", Form::kBundleV02},
    {"application/vnd.dev.sigstore.bundle.v0.3+json", Form::kBundleV03},
};

constexpr std::string_view kChain = "x509CertificateChain";
constexpr std::string_view kCertificate = "certificate";
constexpr std::string_view kPublicKey = "publicKey";
constexpr std::string_view kMessage = "messageSignature";
constexpr std::string_view kEnvelope = "dsseEnvelope";

// A member, and its name.
struct Chosen {
  std::string_view name;
  JsonPlace place;
};

// The only one of these members that is there; each is an object.
absl::StatusOr<Chosen> ReadOneOf(const JsonPlace& place,
                                 std::initializer_list<std::string_view> names) {
  std::optional<Chosen> chosen;
  for (const std::string_view name : names) {
    CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> member, place.OptionalObject(name));
    if (!member) continue;
    if (chosen) return place.MemberError(name, absl::StrCat("stands beside ", chosen->name));
    chosen = Chosen{name, *member};
  }
  if (!chosen) return place.Error(absl::StrCat("must have one of ", absl::StrJoin(names, ", ")));
  return *std::move(chosen);
}

absl::StatusOr<std::vector<JsonPlace>> ReadObjects(const JsonPlace& place, std::string_view name,
                                                   size_t limit) {
  CS_ASSIGN_OR_RETURN(std::vector<JsonPlace> elements, place.OptionalObjects(name));
  if (elements.size() > limit) {
    return place.MemberError(name, absl::StrCat("must hold at most ", limit));
  }
  return elements;
}

absl::StatusOr<Form> ReadForm(const JsonPlace& place) {
  CS_ASSIGN_OR_RETURN(const std::string type, place.RequiredString("mediaType"));
  for (const auto& [known, form] : kMediaTypes) {
    if (type == known) return form;
  }
  return place.MemberError("mediaType", "must be that of a bundle of version 0.1, 0.2 or 0.3");
}

absl::StatusOr<MessageSignature::Digest> ReadMessageDigest(const JsonPlace& place) {
  CS_RETURN_IF_ERROR(place.RefuseOthers({"algorithm", "digest"}));
  CS_ASSIGN_OR_RETURN(const std::string name, place.RequiredString("algorithm"));
  const crypto::HashAlgorithm algorithm = HashNamed(name);
  if (algorithm == crypto::HashAlgorithm::kUnspecified) {
    return place.MemberError("algorithm", "must be SHA2_256, SHA2_384 or SHA2_512");
  }
  CS_ASSIGN_OR_RETURN(std::string bytes, place.RequiredProtoBytes("digest"));
  if (bytes.size() != crypto::DigestSize(algorithm)) {
    return place.MemberError("digest", absl::StrCat("must be ", crypto::DigestSize(algorithm),
                                                    " bytes, is ", bytes.size()));
  }
  return MessageSignature::Digest{algorithm, std::move(bytes)};
}

absl::Status ReadMessageSignature(const JsonPlace& place, Bundle& bundle) {
  CS_RETURN_IF_ERROR(place.RefuseOthers({"messageDigest", "signature"}));
  MessageSignature content;
  CS_ASSIGN_OR_RETURN(const auto digest, place.OptionalObject("messageDigest"));
  if (digest) {
    CS_ASSIGN_OR_RETURN(content.digest, ReadMessageDigest(*digest));
  }
  CS_ASSIGN_OR_RETURN(bundle.signature, place.RequiredProtoBytes("signature"));
  bundle.content = std::move(content);
  return absl::OkStatus();
}

absl::Status ReadEnvelope(const JsonPlace& place, Bundle& bundle) {
  CS_RETURN_IF_ERROR(place.RefuseOthers({"payload", "payloadType", "signatures"}));
  Envelope envelope;
  CS_ASSIGN_OR_RETURN(envelope.payload_type, place.RequiredString("payloadType"));
  CS_ASSIGN_OR_RETURN(envelope.payload, place.RequiredProtoBytes("payload"));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> signatures, place.OptionalObjects("signatures"));
  if (signatures.size() != 1) return place.MemberError("signatures", "must hold exactly one");
  const JsonPlace& signature = signatures.front();
  CS_RETURN_IF_ERROR(signature.RefuseOthers({"sig", "keyid"}));
  CS_ASSIGN_OR_RETURN(bundle.signature, signature.RequiredProtoBytes("sig"));
  // Names a key to whoever has several; no signer here needs it.
  CS_RETURN_IF_ERROR(signature.OptionalString("keyid").status());
  bundle.content = std::move(envelope);
  return absl::OkStatus();
}

absl::Status ReadContent(const JsonPlace& place, Bundle& bundle) {
  CS_ASSIGN_OR_RETURN(const Chosen content, ReadOneOf(place, {kMessage, kEnvelope}));
  return content.name == kMessage ? ReadMessageSignature(content.place, bundle)
                                  : ReadEnvelope(content.place, bundle);
}

// The first of a chain. The others lead nowhere, as they are not trusted, but must be what they say.
absl::StatusOr<crypto::Certificate> ReadSignersChain(const JsonPlace& place) {
  CS_RETURN_IF_ERROR(place.RefuseOthers({"certificates"}));
  CS_ASSIGN_OR_RETURN(std::vector<crypto::Certificate> chain, ReadCertificateChain(place));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, place.OptionalObjects("certificates"));
  for (size_t i = 0; i < chain.size(); ++i) {
    CS_RETURN_IF_ERROR(elements[i].RefuseOthers({"rawBytes"}));
    if (chain[i].is_authority() && chain[i].is_self_issued() &&
        !crypto::IsOff(crypto::Check::kChainHasNoRoot)) {
      return elements[i].Error("must not be a root certificate");
    }
  }
  return std::move(chain.front());
}

absl::StatusOr<Material> ReadMaterial(const JsonPlace& place, Form form) {
  CS_ASSIGN_OR_RETURN(const Chosen material, ReadOneOf(place, {kPublicKey, kChain, kCertificate}));
  if (material.name == kPublicKey) {
    CS_RETURN_IF_ERROR(material.place.RefuseOthers({"hint"}));
    CS_ASSIGN_OR_RETURN(std::string hint, material.place.OptionalString("hint"));
    return KeyHint{std::move(hint)};
  }
  if (material.name == kCertificate) {
    CS_RETURN_IF_ERROR(material.place.RefuseOthers({"rawBytes"}));
    return ReadCertificate(material.place);
  }
  if (form == Form::kBundleV03) {
    return material.place.Error("must be a single certificate in a bundle of version 0.3");
  }
  return ReadSignersChain(material.place);
}

absl::StatusOr<std::vector<std::string>> ReadTimestamps(const JsonPlace& material) {
  std::vector<std::string> timestamps;
  CS_ASSIGN_OR_RETURN(const auto data, material.OptionalObject("timestampVerificationData"));
  if (!data) return timestamps;
  CS_RETURN_IF_ERROR(data->RefuseOthers({"rfc3161Timestamps"}));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements,
                      ReadObjects(*data, "rfc3161Timestamps", kMaxTimestamps));
  for (const JsonPlace& element : elements) {
    CS_RETURN_IF_ERROR(element.RefuseOthers({"signedTimestamp"}));
    CS_ASSIGN_OR_RETURN(std::string der, element.RequiredProtoBytes("signedTimestamp"));
    if (der.size() > crypto::kMaxTimestampBytes) {
      return element.MemberError(
          "signedTimestamp",
          absl::StrCat("must have at most ", crypto::kMaxTimestampBytes, " bytes"));
    }
    timestamps.push_back(std::move(der));
  }
  return timestamps;
}

// What an entry has to show depends on the bundle's version.
absl::Status CheckWitnesses(const JsonPlace& place, const LogEntry& entry, Form form) {
  if (form == Form::kBundleV01) {
    if (!entry.promise.empty()) return absl::OkStatus();
    return place.MemberError("inclusionPromise", "must be given in a bundle of version 0.1");
  }
  if (entry.proof || crypto::IsOff(crypto::Check::kEntryHasProof)) return absl::OkStatus();
  return place.MemberError("inclusionProof", "must be given in a bundle of version 0.2 or 0.3");
}

absl::StatusOr<std::vector<LogEntry>> ReadLogEntries(const JsonPlace& material, Form form) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements,
                      ReadObjects(material, "tlogEntries", kMaxLogEntries));
  std::vector<LogEntry> entries;
  for (const JsonPlace& element : elements) {
    CS_ASSIGN_OR_RETURN(LogEntry entry, ReadLogEntry(element));
    CS_RETURN_IF_ERROR(CheckWitnesses(element, entry, form));
    for (const LogEntry& before : entries) {
      if (before.log_id == entry.log_id && before.index == entry.index) {
        return element.Error("has the log and the index of an entry before it");
      }
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

absl::StatusOr<Bundle> ParseBundle(std::string_view json) {
  CS_ASSIGN_OR_RETURN(const base::Json document,
                      base::ParseJson(json, {.max_bytes = kMaxBundleBytes,
                                             .max_depth = kMaxBundleDepth,
                                             .max_values = kMaxBundleValues}));
  const JsonPlace place(document);
  CS_RETURN_IF_ERROR(
      place.RefuseOthers({"mediaType", "verificationMaterial", kMessage, kEnvelope}));
  Bundle bundle;
  CS_ASSIGN_OR_RETURN(bundle.form, ReadForm(place));
  CS_RETURN_IF_ERROR(ReadContent(place, bundle));
  CS_ASSIGN_OR_RETURN(const JsonPlace material, place.RequiredObject("verificationMaterial"));
  CS_RETURN_IF_ERROR(material.RefuseOthers(
      {kPublicKey, kChain, kCertificate, "tlogEntries", "timestampVerificationData"}));
  CS_ASSIGN_OR_RETURN(bundle.material, ReadMaterial(material, bundle.form));
  CS_ASSIGN_OR_RETURN(bundle.entries, ReadLogEntries(material, bundle.form));
  CS_ASSIGN_OR_RETURN(bundle.timestamps, ReadTimestamps(material));
  return bundle;
}

}  // namespace countersign::cosign

#include "cosign/trusted_root.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/large_text_turn.h"
#include "base/pem_block.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/certificate_json.h"
#include "cosign/checkpoint.h"
#include "cosign/key_details.h"
#include "crypto/check_switch.h"
#include "crypto/sha256.h"
#include "oci/host_and_port.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;
using crypto::PublicKey;

constexpr std::string_view kMediaTypes[] = {
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot.v0.1+json",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
};
constexpr size_t kMaxWarnings = 32;

class Warnings {
 public:
  // About the place that the status, an error, names.
  void Add(const absl::Status& status) {
    if (list_.size() < kMaxWarnings) {
      list_.push_back(base::Printable(status.message()));
    } else if (list_.size() == kMaxWarnings) {
      list_.push_back("there is more to warn of");
    }
  }

  void AddOthers(const JsonPlace& place, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : place.json().items()) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        Add(place.MemberError(name, "is not known"));
      }
    }
  }

  std::vector<std::string> Take() { return std::move(list_); }

 private:
  std::vector<std::string> list_;
};

absl::StatusOr<std::optional<absl::Time>> ReadTime(const JsonPlace& place, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const auto member, place.Optional(name));
  if (!member) return std::optional<absl::Time>();
  CS_ASSIGN_OR_RETURN(const absl::Time time, member->ProtoTimestamp());
  return std::optional(time);
}

absl::StatusOr<TrustWindow> ReadWindow(const JsonPlace& place, Warnings& warnings) {
  warnings.AddOthers(place, {"start", "end"});
  TrustWindow window;
  CS_ASSIGN_OR_RETURN(window.start, ReadTime(place, "start"));
  CS_ASSIGN_OR_RETURN(window.end, ReadTime(place, "end"));
  return window;
}

absl::StatusOr<TrustWindow> ReadLogWindow(const JsonPlace& key, Warnings& warnings) {
  CS_ASSIGN_OR_RETURN(const JsonPlace place, key.RequiredObject("validFor"));
  CS_ASSIGN_OR_RETURN(const TrustWindow window, ReadWindow(place, warnings));
  // Or a log would be trusted for times at which nobody knew it.
  if (!window.start && !crypto::IsOff(crypto::Check::kLogHasStart)) {
    return place.MemberError("start", "must be given");
  }
  return window;
}

absl::StatusOr<PublicKey> ReadKey(const JsonPlace& place, const KeyDetails& details) {
  CS_ASSIGN_OR_RETURN(const std::string der, place.RequiredProtoBytes("rawBytes"));
  const absl::StatusOr<PublicKey> key =
      details.is_pkcs1 ? PublicKey::FromPem(base::WritePemBlock("RSA PUBLIC KEY", der))
                       : PublicKey::FromDer(der);
  if (!key.ok()) return place.MemberError("rawBytes", key.status().message());
  if (!IsKeyOf(details, *key)) {
    return place.MemberError("keyDetails", absl::StrCat("is not of the key, ", key->Description()));
  }
  return key;
}

bool HasIdOfItsKey(const TrustedLog& log) {
  const auto is_id = [&](LogGeneration generation, std::string_view name) {
    const crypto::Sha256Digest id = LogKeyId(log.key, generation, name);
    return std::equal(id.begin(), id.end(), log.id.begin(), log.id.end(),
                      [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); });
  };
  return is_id(LogGeneration::kRekor1, "") ||
         std::any_of(log.origins.begin(), log.origins.end(), [&](const std::string& origin) {
           return is_id(LogGeneration::kRekor2, origin);
         });
}

absl::StatusOr<std::string> ReadKeyId(const JsonPlace& place, Warnings& warnings) {
  warnings.AddOthers(place, {"keyId"});
  return place.RequiredProtoBytes("keyId");
}

// Nullopt: its key is of a kind that is not known.
absl::StatusOr<std::optional<TrustedLog>> ReadLog(const JsonPlace& place, Warnings& warnings) {
  warnings.AddOthers(
      place, {"baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator"});
  CS_ASSIGN_OR_RETURN(const std::string hash, place.RequiredString("hashAlgorithm"));
  if (hash != "SHA2_256") return place.MemberError("hashAlgorithm", "must be SHA2_256");
  CS_ASSIGN_OR_RETURN(std::string url, place.OptionalString("baseUrl"));
  CS_ASSIGN_OR_RETURN(std::string operator_name, place.OptionalString("operator"));
  CS_ASSIGN_OR_RETURN(const JsonPlace id_place, place.RequiredObject("logId"));
  CS_ASSIGN_OR_RETURN(std::string id, ReadKeyId(id_place, warnings));
  std::string checkpoint_key_id;
  CS_ASSIGN_OR_RETURN(const auto checkpoint, place.OptionalObject("checkpointKeyId"));
  if (checkpoint) {
    CS_ASSIGN_OR_RETURN(checkpoint_key_id, ReadKeyId(*checkpoint, warnings));
  }
  CS_ASSIGN_OR_RETURN(const JsonPlace key_place, place.RequiredObject("publicKey"));
  warnings.AddOthers(key_place, {"rawBytes", "keyDetails", "validFor"});
  CS_ASSIGN_OR_RETURN(const TrustWindow window, ReadLogWindow(key_place, warnings));
  CS_ASSIGN_OR_RETURN(const std::string name, key_place.RequiredString("keyDetails"));
  const std::optional<KeyDetails> details = KeyDetailsNamed(name);
  if (!details) {
    warnings.Add(key_place.MemberError("keyDetails", "is not known, and the log is left out"));
    return std::optional<TrustedLog>();
  }
  CS_ASSIGN_OR_RETURN(const PublicKey key, ReadKey(key_place, *details));
  TrustedLog log = {.id = std::move(id),
                    .key = key,
                    .scheme = details->scheme,
                    .valid_for = window,
                    .base_url = std::move(url),
                    .checkpoint_key_id = std::move(checkpoint_key_id),
                    .operator_name = std::move(operator_name)};
  log.origins = OriginsOf(log.base_url);
  if (!HasIdOfItsKey(log)) warnings.Add(id_place.MemberError("keyId", "is not that of the key"));
  return std::optional(std::move(log));
}

absl::StatusOr<std::vector<TrustedLog>> ReadLogs(const JsonPlace& root, std::string_view name,
                                                 Warnings& warnings) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, root.OptionalObjects(name));
  std::vector<TrustedLog> logs;
  std::set<std::string> ids;
  for (const JsonPlace& element : elements) {
    CS_ASSIGN_OR_RETURN(std::optional<TrustedLog> log, ReadLog(element, warnings));
    if (!log) continue;
    if (!ids.insert(log->id).second) return element.Error("has the id of a log before it");
    logs.push_back(*std::move(log));
  }
  if (logs.empty() && !elements.empty()) {
    return root.MemberError(name, "must hold a log whose key is of a kind that is known");
  }
  return logs;
}

absl::Status ReadName(const JsonPlace& authority, Warnings& warnings) {
  CS_ASSIGN_OR_RETURN(const auto name, authority.OptionalObject("subject"));
  if (!name) return absl::OkStatus();
  warnings.AddOthers(*name, {"organization", "commonName"});
  CS_RETURN_IF_ERROR(name->OptionalString("organization").status());
  return name->OptionalString("commonName").status();
}

absl::StatusOr<TrustedCertificateAuthority> ReadAuthority(const JsonPlace& place,
                                                          Warnings& warnings) {
  warnings.AddOthers(place, {"subject", "uri", "certChain", "validFor", "operator"});
  CS_RETURN_IF_ERROR(ReadName(place, warnings));
  TrustedCertificateAuthority authority;
  CS_ASSIGN_OR_RETURN(authority.uri, place.OptionalString("uri"));
  CS_ASSIGN_OR_RETURN(authority.operator_name, place.OptionalString("operator"));
  CS_ASSIGN_OR_RETURN(const auto window, place.OptionalObject("validFor"));
  if (window) {
    CS_ASSIGN_OR_RETURN(authority.valid_for, ReadWindow(*window, warnings));
  }
  CS_ASSIGN_OR_RETURN(const JsonPlace chain, place.RequiredObject("certChain"));
  warnings.AddOthers(chain, {"certificates"});
  CS_ASSIGN_OR_RETURN(authority.chain, ReadCertificateChain(chain));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, chain.OptionalObjects("certificates"));
  for (const JsonPlace& element : elements) warnings.AddOthers(element, {"rawBytes"});
  return authority;
}

absl::StatusOr<TrustedTimestampAuthority> ReadTimestampAuthority(const JsonPlace& place,
                                                                 Warnings& warnings) {
  CS_ASSIGN_OR_RETURN(TrustedCertificateAuthority read, ReadAuthority(place, warnings));
  if (!std::all_of(read.chain.begin() + 1, read.chain.end(),
                   [](const crypto::Certificate& c) { return c.is_authority(); })) {
    return place.MemberError("certChain",
                             "must hold authorities alone after its first certificate");
  }
  return TrustedTimestampAuthority{
      {std::move(read.chain), read.valid_for.start, read.valid_for.end},
      std::move(read.uri),
      std::move(read.operator_name)};
}

// The elements of the member `name`, each read by `read`.
template <typename Authority>
absl::StatusOr<std::vector<Authority>> ReadAuthorities(
    const JsonPlace& root, std::string_view name, Warnings& warnings,
    absl::StatusOr<Authority> (*read)(const JsonPlace&, Warnings&)) {
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, root.OptionalObjects(name));
  std::vector<Authority> authorities;
  for (const JsonPlace& element : elements) {
    CS_ASSIGN_OR_RETURN(Authority authority, read(element, warnings));
    authorities.push_back(std::move(authority));
  }
  return authorities;
}

}  // namespace

absl::StatusOr<TrustedRoot> ParseTrustedRoot(std::string_view json) {
  const base::LargeTextTurn turn(json.size());
  CS_ASSIGN_OR_RETURN(const base::Json document,
                      base::ParseJson(json, {.max_bytes = kMaxTrustedRootBytes,
                                             .max_depth = kMaxTrustedRootDepth,
                                             .max_values = kMaxTrustedRootValues}));
  const JsonPlace place(document);
  CS_ASSIGN_OR_RETURN(const std::string type, place.RequiredString("mediaType"));
  if (std::find(std::begin(kMediaTypes), std::end(kMediaTypes), type) == std::end(kMediaTypes)) {
    return place.MemberError("mediaType", "must be that of a trusted root of version 0.1 or 0.2");
  }
  Warnings warnings;
  warnings.AddOthers(
      place, {"mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"});
  TrustedRoot root;
  CS_ASSIGN_OR_RETURN(root.logs, ReadLogs(place, "tlogs", warnings));
  CS_ASSIGN_OR_RETURN(root.certificate_logs, ReadLogs(place, "ctlogs", warnings));
  CS_ASSIGN_OR_RETURN(root.certificate_authorities,
                      ReadAuthorities(place, "certificateAuthorities", warnings, &ReadAuthority));
  CS_ASSIGN_OR_RETURN(
      root.timestamp_authorities,
      ReadAuthorities(place, "timestampAuthorities", warnings, &ReadTimestampAuthority));
  root.warnings = warnings.Take();
  root.id = crypto::Sha256(json);
  return root;
}

std::vector<std::string> OriginsOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.empty()) return {};
  const std::string_view host = oci::SplitHostAndPort(url.substr(0, url.find('/'))).host;
  std::vector<std::string> origins = {std::string(url)};
  if (host != url && !host.empty()) origins.emplace_back(host);
  return origins;
}

const TrustedLog* FindLog(const std::vector<TrustedLog>& logs, std::string_view id) {
  const auto log = std::find_if(logs.begin(), logs.end(),
                                [&](const TrustedLog& candidate) { return candidate.id == id; });
  return log == logs.end() ? nullptr : &*log;
}

}  // namespace countersign::cosign

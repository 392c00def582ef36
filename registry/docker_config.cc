#include "registry/docker_config.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/base64.h"
#include "base/glob.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/host_and_port.h"
#include "oci/image_reference.h"
#include "oci/registry_name.h"
#include "registry/credential.h"

namespace countersign::registry {
namespace {

constexpr std::string_view kWildcards = "*?";

// Each costs a request: a configuration must not make a caller try thousands.
constexpr size_t kMaxFound = 16;

// Each takes many times what it takes as a text.
constexpr base::JsonLimits kLimits = {.max_values = 1 << 16};

std::string_view StripPrefix(std::string_view text, std::string_view prefix) {
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, prefix);
  return rest;
}

std::string NormalizeHost(std::string_view host) {
  const std::string lower = absl::AsciiStrToLower(host);
  const std::string_view name = oci::WithoutHttpsPort(lower);
  return std::string(oci::IsDockerHub(name) ? oci::kDockerHub : name);
}

// Without slashes around it, and without the "v1" or "v2" that stands for a registry's API.
std::string NormalizePath(std::string_view path) {
  const auto strip_slashes = [](std::string_view text) {
    const size_t begin = std::min(text.find_first_not_of('/'), text.size());
    return text.substr(begin, text.find_last_not_of('/') + 1 - begin);
  };
  path = strip_slashes(path);
  const std::string_view first = path.substr(0, path.find('/'));
  if (first == "v1" || first == "v2") path = strip_slashes(path.substr(first.size()));
  return std::string(path);
}

bool HasWildcard(std::string_view host) {
  return host.find_first_of(kWildcards) != std::string_view::npos;
}

bool HostMatches(std::string_view pattern, std::string_view host) {
  if (!HasWildcard(pattern)) return pattern == host;
  const oci::HostAndPort wanted = oci::SplitHostAndPort(pattern);
  const oci::HostAndPort given = oci::SplitHostAndPort(host);
  if (wanted.port != given.port) return false;
  const std::vector<std::string_view> patterns = absl::StrSplit(wanted.host, '.');
  const std::vector<std::string_view> parts = absl::StrSplit(given.host, '.');
  return std::equal(patterns.begin(), patterns.end(), parts.begin(), parts.end(),
                    base::WildcardsMatch);
}

bool PathMatches(std::string_view prefix, std::string_view path) {
  if (prefix.empty()) return true;
  return absl::StartsWith(path, prefix) &&
         (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// Padding may be missing, and white space may stand anywhere: what was wrapped by `base64`, or
// folded into one line of YAML, is read by docker and the kubelet as well.
absl::StatusOr<std::string> DecodeAuth(std::string_view auth) {
  std::string base64(auth);
  std::erase_if(base64, absl::ascii_isspace);
  if (!absl::EndsWith(base64, "=")) base64.append((4 - base64.size() % 4) % 4, '=');
  const absl::StatusOr<std::string> decoded = base::DecodeBase64(base64);
  if (!decoded.ok()) return absl::InvalidArgumentError("\"auth\" is not base64");
  return decoded;
}

absl::Status ReadAuth(std::string_view auth, Credential& credential) {
  CS_ASSIGN_OR_RETURN(const std::string decoded, DecodeAuth(auth));
  const size_t colon = decoded.find(':');
  if (colon == std::string::npos) {
    return absl::InvalidArgumentError("\"auth\" is not a user name, a colon and a password");
  }
  credential.username = decoded.substr(0, colon);
  credential.password = decoded.substr(colon + 1);
  // Some writers pad what they encode.
  credential.password.resize(credential.password.find_last_not_of('\0') + 1);
  return absl::OkStatus();
}

absl::StatusOr<Credential> ReadCredential(const base::JsonPlace& entry) {
  Credential credential;
  CS_ASSIGN_OR_RETURN(credential.username, entry.OptionalString("username"));
  CS_ASSIGN_OR_RETURN(credential.password, entry.OptionalString("password"));
  CS_ASSIGN_OR_RETURN(credential.identity_token, entry.OptionalString("identitytoken"));
  CS_ASSIGN_OR_RETURN(credential.registry_token, entry.OptionalString("registrytoken"));
  CS_ASSIGN_OR_RETURN(const std::string auth, entry.OptionalString("auth"));
  if (!auth.empty()) CS_RETURN_IF_ERROR(ReadAuth(auth, credential));
  const bool has_token = !credential.identity_token.empty() || !credential.registry_token.empty();
  if (credential.username.empty() && !has_token && !(auth.empty() && credential.password.empty())) {
    return absl::InvalidArgumentError("has no user name");
  }
  return credential;
}

absl::StatusOr<base::Json> ParseObject(std::string_view bytes, const base::JsonParts& wanted) {
  absl::StatusOr<base::ExtractedJson> json = base::ExtractJson(bytes, wanted, kLimits);
  if (!json.ok()) return base::Annotate("is not well-formed JSON", json.status());
  if (!json->is_complete) {
    return absl::InvalidArgumentError(
        absl::StrCat("has more than ", kLimits.max_values, " values"));
  }
  if (!json->value.is_object()) return absl::InvalidArgumentError("is not a JSON object");
  return std::move(json->value);
}

}  // namespace

absl::StatusOr<DockerConfig> DockerConfig::ParseConfigJson(std::string_view bytes) {
  base::JsonParts wanted;
  wanted.At("/auths").all = true;
  CS_ASSIGN_OR_RETURN(const base::Json json, ParseObject(bytes, wanted));
  CS_ASSIGN_OR_RETURN(const auto auths, base::JsonPlace(json).OptionalObject("auths"));
  DockerConfig config;
  if (auths) config.AddEntries(auths->json());
  return config;
}

absl::StatusOr<DockerConfig> DockerConfig::ParseDockercfg(std::string_view bytes) {
  CS_ASSIGN_OR_RETURN(const base::Json json, ParseObject(bytes, {.all = true}));
  DockerConfig config;
  config.AddEntries(json);
  return config;
}

void DockerConfig::AddEntries(const base::Json& auths) {
  for (const auto& [key, value] : auths.items()) {
    if (const absl::Status status = AddEntry(key, value); !status.ok()) {
      faults_.push_back(absl::StrCat("auths/", base::Printable(key), ": ", status.message()));
    }
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(b.path.size(), HasWildcard(a.host)) <
           std::tuple(a.path.size(), HasWildcard(b.host));
  });
}

absl::Status DockerConfig::AddEntry(std::string_view key, const base::Json& value) {
  CS_ASSIGN_OR_RETURN(Credential credential, ReadCredential(base::JsonPlace(value)));
  if (credential.IsAnonymous()) return absl::OkStatus();
  key = StripPrefix(StripPrefix(key, "https://"), "http://");
  const size_t slash = std::min(key.find('/'), key.size());
  std::string host = NormalizeHost(key.substr(0, slash));
  if (host.empty()) return absl::InvalidArgumentError("names no host");
  entries_.push_back({std::move(host), NormalizePath(key.substr(slash)), std::move(credential)});
  return absl::OkStatus();
}

std::vector<Credential> DockerConfig::FindCredentials(const oci::Repository& repository) const {
  const std::string host = NormalizeHost(repository.registry);
  std::vector<Credential> found;
  for (const Entry& entry : entries_) {
    if (!HostMatches(entry.host, host) || !PathMatches(entry.path, repository.path)) continue;
    if (std::find(found.begin(), found.end(), entry.credential) != found.end()) continue;
    found.push_back(entry.credential);
    if (found.size() == kMaxFound) break;
  }
  return found;
}

}  // namespace countersign::registry

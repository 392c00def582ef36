#include "verifier/credentials/credential_provider_answer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "verifier/credentials/go_duration.h"

namespace countersign::verifier {
namespace {

constexpr size_t kMaxFound = 16;

absl::StatusOr<base::Json> ParseObject(std::string_view text) {
  size_t read = 0;
  absl::StatusOr<base::Json> json = base::ParseJson(text, {}, &read);
  // The parser's own words quote what is near the fault, which may be a secret.
  if (!json.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("its answer is not well-formed JSON; the fault is at byte ", read));
  }
  if (!json->is_object()) return absl::InvalidArgumentError("its answer is no JSON object");
  return json;
}

absl::Status CheckType(const base::JsonPlace& answer, std::string_view api_version) {
  CS_ASSIGN_OR_RETURN(const std::string kind, answer.OptionalString("kind"));
  if (kind != "CredentialProviderResponse") {
    return answer.MemberError("kind", "must be CredentialProviderResponse");
  }
  CS_ASSIGN_OR_RETURN(const std::string version, answer.OptionalString("apiVersion"));
  if (version != api_version) {
    return answer.MemberError("apiVersion",
                              absl::StrCat("must be that of the question, ", api_version, ", is ",
                                           base::Quoted(version)));
  }
  return absl::OkStatus();
}

absl::StatusOr<CredentialProviderAnswer::Scope> ReadScope(const base::JsonPlace& answer) {
  CS_ASSIGN_OR_RETURN(const std::string type, answer.OptionalString("cacheKeyType"));
  if (type == "Image") return CredentialProviderAnswer::Scope::kImage;
  if (type == "Registry") return CredentialProviderAnswer::Scope::kRegistry;
  if (type == "Global") return CredentialProviderAnswer::Scope::kGlobal;
  return answer.MemberError("cacheKeyType", "must be Image, Registry or Global");
}

absl::StatusOr<registry::Credential> ReadCredential(const base::JsonPlace& value) {
  if (!value.json().is_object()) return value.Error("must be an object");
  registry::Credential credential;
  CS_ASSIGN_OR_RETURN(credential.username, value.OptionalString("username"));
  CS_ASSIGN_OR_RETURN(credential.password, value.OptionalString("password"));
  return credential;
}

}  // namespace

absl::StatusOr<CredentialProviderAnswer> CredentialProviderAnswer::Parse(
    std::string_view json, std::string_view api_version) {
  CS_ASSIGN_OR_RETURN(const base::Json object, ParseObject(json));
  const base::JsonPlace place(object);
  CS_RETURN_IF_ERROR(CheckType(place, api_version));
  CredentialProviderAnswer answer;
  CS_ASSIGN_OR_RETURN(answer.scope_, ReadScope(place));
  CS_ASSIGN_OR_RETURN(answer.duration_, GoDurationMember(place, "cacheDuration"));
  CS_ASSIGN_OR_RETURN(const std::optional<base::JsonPlace> auth, place.Optional("auth"));
  if (!auth.has_value()) return answer;
  CS_ASSIGN_OR_RETURN(const auto members, auth->Members());
  for (const auto& [key, value] : members) {
    if (value.json().is_null()) continue;
    CS_ASSIGN_OR_RETURN(registry::Credential credential, ReadCredential(value));
    absl::StatusOr<CredentialProviderPattern> pattern = CredentialProviderPattern::ParseKey(key);
    // No credential is the same as an empty one; anonymous has its own turn.
    if (!pattern.ok() || credential.IsAnonymous()) continue;
    answer.entries_.push_back({key, *std::move(pattern), std::move(credential)});
  }
  std::sort(answer.entries_.begin(), answer.entries_.end(),
            [](const Entry& a, const Entry& b) { return a.key > b.key; });
  return answer;
}

size_t CredentialProviderAnswer::bytes() const {
  size_t bytes = 0;
  for (const Entry& entry : entries_) {
    bytes += sizeof(Entry) + entry.key.size() + entry.pattern.bytes() +
             entry.credential.username.size() + entry.credential.password.size();
  }
  return bytes;
}

std::vector<registry::Credential> CredentialProviderAnswer::FindCredentials(
    const oci::Repository& repository) const {
  std::vector<registry::Credential> found;
  for (const Entry& entry : entries_) {
    if (!entry.pattern.Matches(repository)) continue;
    if (std::find(found.begin(), found.end(), entry.credential) != found.end()) continue;
    found.push_back(entry.credential);
    if (found.size() == kMaxFound) break;
  }
  return found;
}

}  // namespace countersign::verifier

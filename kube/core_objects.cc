#include "kube/core_objects.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/status_macros.h"

namespace countersign::kube {
namespace {

using base::Json;

absl::StatusOr<std::string> DecodeBase64(std::string_view text) {
  return base::DecodeBase64(text, base::LineBreaks::kIgnored);
}

absl::StatusOr<std::string> Verbatim(std::string_view text) { return std::string(text); }

// Puts the strings of the object member `name` into `values`, each through `decode`.
absl::Status ReadValues(const Json& secret, std::string_view name,
                        absl::StatusOr<std::string> (*decode)(std::string_view),
                        std::map<std::string, std::string>& values) {
  CS_ASSIGN_OR_RETURN(const Json* members, base::ObjectMember(secret, name, ""));
  if (members == nullptr) return absl::OkStatus();
  const std::string path = base::JsonPointer("", name);
  for (const auto& [key, unused] : members->items()) {
    CS_ASSIGN_OR_RETURN(const std::string text, base::StringMember(*members, key, path));
    absl::StatusOr<std::string> value = decode(text);
    if (!value.ok()) return base::Annotate(base::JsonPointer(path, key), value.status());
    values.insert_or_assign(key, *std::move(value));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Secret> ReadSecret(const Json& object) {
  Secret secret;
  CS_ASSIGN_OR_RETURN(secret.type, base::StringMember(object, "type", ""));
  std::map<std::string, std::string> values;
  CS_RETURN_IF_ERROR(ReadValues(object, "data", DecodeBase64, values));
  CS_RETURN_IF_ERROR(ReadValues(object, "stringData", Verbatim, values));
  secret.data.assign(values.begin(), values.end());
  return secret;
}

absl::StatusOr<ServiceAccount> ReadServiceAccount(const Json& object) {
  ServiceAccount account;
  CS_ASSIGN_OR_RETURN(const Json* secrets, base::ArrayMember(object, "imagePullSecrets", ""));
  if (secrets == nullptr) return account;
  for (size_t i = 0; i < secrets->size(); ++i) {
    const std::string path = base::JsonPointer("/imagePullSecrets", i);
    const Json& secret = (*secrets)[i];
    if (!secret.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": must be an object"));
    }
    CS_ASSIGN_OR_RETURN(std::string name, base::StringMember(secret, "name", path));
    if (!name.empty()) account.image_pull_secrets.push_back(std::move(name));
  }
  return account;
}

}  // namespace countersign::kube

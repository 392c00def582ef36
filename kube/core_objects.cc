#include "kube/core_objects.h"

#include <map>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "base/base64.h"
#include "base/status_macros.h"

namespace countersign::kube {
namespace {

using base::Json;
using base::JsonPlace;

using ReadValue = absl::StatusOr<std::string> (*)(const JsonPlace& place);

absl::StatusOr<std::string> ReadBytes(const JsonPlace& place) {
  return place.Bytes(base::LineBreaks::kIgnored);
}

absl::StatusOr<std::string> ReadText(const JsonPlace& place) { return place.String(); }

// Puts what the object member `name` holds into `values`. Null is an empty value.
absl::Status ReadValues(const JsonPlace& secret, std::string_view name, ReadValue read,
                        std::map<std::string, std::string>& values) {
  CS_ASSIGN_OR_RETURN(const auto object, secret.OptionalObject(name));
  if (!object) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(const auto members, object->Members());
  for (const auto& [key, place] : members) {
    std::string& value = values[key];
    value.clear();
    if (place.json().is_null()) continue;
    CS_ASSIGN_OR_RETURN(value, read(place));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Secret> ReadSecret(const Json& object) {
  const JsonPlace place(object);
  Secret secret;
  CS_ASSIGN_OR_RETURN(secret.type, place.OptionalString("type"));
  std::map<std::string, std::string> values;
  CS_RETURN_IF_ERROR(ReadValues(place, "data", ReadBytes, values));
  CS_RETURN_IF_ERROR(ReadValues(place, "stringData", ReadText, values));
  secret.data.assign(values.begin(), values.end());
  return secret;
}

absl::StatusOr<std::vector<std::string>> ReadPullSecretNames(const JsonPlace& holder) {
  std::vector<std::string> names;
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> secrets,
                      holder.OptionalObjects("imagePullSecrets"));
  for (const JsonPlace& secret : secrets) {
    CS_ASSIGN_OR_RETURN(std::string name, secret.OptionalString("name"));
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

absl::StatusOr<ServiceAccount> ReadServiceAccount(const Json& object) {
  ServiceAccount account;
  CS_ASSIGN_OR_RETURN(account.image_pull_secrets, ReadPullSecretNames(JsonPlace(object)));
  return account;
}

}  // namespace countersign::kube

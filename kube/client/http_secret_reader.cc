#include "kube/client/http_secret_reader.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/percent_encoding.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/client/object_store.h"
#include "kube/core_objects.h"

namespace countersign::kube {
namespace {

template <typename T>
absl::StatusOr<T> Read(const base::Json& object, absl::StatusOr<T> (*read)(const base::Json&),
                       std::string_view kind, std::string_view object_namespace,
                       std::string_view name) {
  absl::StatusOr<T> value = read(object);
  if (value.ok()) return value;
  return absl::FailedPreconditionError(
      absl::StrCat(kind, " ", object_namespace, "/", name, ": ", value.status().message()));
}

}  // namespace

absl::StatusOr<base::Json> HttpSecretReader::Fetch(std::string_view resource,
                                                   std::string_view object_namespace,
                                                   std::string_view name, absl::Time deadline) {
  // Names come from workloads and from callers of the verify API. Nothing has a name like these.
  if (!base::IsPathSegment(object_namespace) || !base::IsPathSegment(name)) {
    return absl::NotFoundError(absl::StrCat(resource, " ", base::Quoted(object_namespace), "/",
                                            base::Quoted(name),
                                            ": there can be none of that name"));
  }
  return objects_.Get({.group = "",
                       .version = "v1",
                       .object_namespace = std::string(object_namespace),
                       .resource = std::string(resource),
                       .name = std::string(name)},
                      deadline);
}

absl::StatusOr<Secret> HttpSecretReader::FetchSecret(std::string_view secret_namespace,
                                                     std::string_view name, absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(const base::Json object, Fetch("secrets", secret_namespace, name, deadline));
  return Read(object, ReadSecret, "Secret", secret_namespace, name);
}

absl::StatusOr<ServiceAccount> HttpSecretReader::FetchServiceAccount(
    std::string_view account_namespace, std::string_view name, absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(const base::Json object,
                      Fetch("serviceaccounts", account_namespace, name, deadline));
  return Read(object, ReadServiceAccount, "ServiceAccount", account_namespace, name);
}

}  // namespace countersign::kube

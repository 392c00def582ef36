#include "kube/client/http_object_store.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/percent_encoding.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "http/client/client.h"
#include "kube/client/api_status.h"
#include "kube/client/watch_events.h"
#include "kube/metadata.h"

namespace countersign::kube {
namespace {

using base::Json;

std::string Write(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<Json> ReadObject(const http::ClientResponse& response) {
  if (response.status < 200 || response.status > 299) return ToError(ReadApiStatus(response));
  absl::StatusOr<Json> object = base::ParseJson(response.body, kApiJsonLimits);
  if (object.ok() && object->is_object()) return object;
  return absl::UnavailableError("the API server's answer is not a Kubernetes object");
}

}  // namespace

absl::StatusOr<Json> HttpObjectStore::Send(const ObjectPath& path, std::string_view method,
                                           std::string url, std::string body, absl::Time deadline) {
  // The URL would be that of something else.
  if (!base::IsPathSegment(path.name) ||
      (!path.object_namespace.empty() && !base::IsPathSegment(path.object_namespace))) {
    return absl::InvalidArgumentError(
        absl::StrCat(base::Printable(path.Describe()), ": there can be none of that name"));
  }
  ApiConnection::Request request;
  request.method = std::string(method);
  request.path = std::move(url);
  request.body = std::move(body);
  request.max_response_bytes = kApiJsonLimits.max_bytes;
  const absl::StatusOr<http::ClientResponse> response = connection_->Send(request, deadline);
  if (!response.ok()) return base::Annotate(path.Describe(), response.status());
  absl::StatusOr<Json> object = ReadObject(*response);
  if (!object.ok()) return base::Annotate(path.Describe(), object.status());
  return object;
}

absl::StatusOr<Json> HttpObjectStore::Get(const ObjectPath& path, absl::Time deadline) {
  return Send(path, "GET", path.Url(), "", deadline);
}

absl::StatusOr<Json> HttpObjectStore::Create(const ObjectPath& path, const Json& object,
                                             absl::Time deadline) {
  return Send(path, "POST", path.CollectionUrl(), Write(object), deadline);
}

absl::StatusOr<Json> HttpObjectStore::Replace(const ObjectPath& path, const Json& object,
                                              absl::Time deadline) {
  CS_RETURN_IF_ERROR(ReadResourceVersion(object).status());
  return Send(path, "PUT", path.Url(), Write(object), deadline);
}

}  // namespace countersign::kube

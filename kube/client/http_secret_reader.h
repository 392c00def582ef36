#ifndef COUNTERSIGN_KUBE_CLIENT_HTTP_SECRET_READER_H_
#define COUNTERSIGN_KUBE_CLIENT_HTTP_SECRET_READER_H_

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "kube/client/api_connection.h"
#include "kube/client/http_object_store.h"
#include "kube/secret_reader.h"

namespace countersign::kube {

// A SecretReader on an API server, which is asked anew each time. Thread-safe.
//
// RBAC must allow: get of secrets and serviceaccounts.
class HttpSecretReader final : public SecretReader {
 public:
  explicit HttpSecretReader(std::shared_ptr<ApiConnection> connection)
      : objects_(std::move(connection)) {}

  // Other errors than NotFound: PermissionDenied and Unauthenticated, which mean this process itself,
  // FailedPrecondition if the object is not as it should be, and transient ones.
  absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                     absl::Time deadline) override;
  absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                     std::string_view name,
                                                     absl::Time deadline) override;

 private:
  absl::StatusOr<base::Json> Fetch(std::string_view resource, std::string_view object_namespace,
                                   std::string_view name, absl::Time deadline);

  HttpObjectStore objects_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_HTTP_SECRET_READER_H_

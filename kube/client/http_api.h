#ifndef COUNTERSIGN_KUBE_CLIENT_HTTP_API_H_
#define COUNTERSIGN_KUBE_CLIENT_HTTP_API_H_

#include <memory>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "kube/api.h"
#include "kube/client/api_connection.h"
#include "kube/client/http_object_store.h"
#include "kube/client/object_reflector.h"
#include "kube/object_watches.h"

namespace countersign::kube {

// An Api on an API server. Secrets and service accounts are read by name, each time anew; the
// policies are watched (see object_reflector.h for how, and object_set.h for what of them is kept)
// from the first WatchPolicies on, once for all who ask. Thread-safe.
//
// RBAC must allow: get of secrets and serviceaccounts; list and watch of
// clusterimagepolicies.signing.apps.tanzu.vmware.com.
class HttpApi final : public Api {
 public:
  explicit HttpApi(std::shared_ptr<ApiConnection> connection,
                   const ObjectReflector::Options& options = {});
  // Does not wait for the network. Watches must have ended.
  ~HttpApi() override;

  // Other errors than NotFound: PermissionDenied and Unauthenticated, which mean this process's own
  // credentials, FailedPrecondition if the object is not as it should be, and "not now".
  absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                     absl::Time deadline) override;
  absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                     std::string_view name,
                                                     absl::Time deadline) override;
  // Does not wait; `on_change` is first called when the list is there, or has failed.
  std::unique_ptr<Watch> WatchPolicies(PoliciesCallback on_change) override;

 private:
  absl::StatusOr<base::Json> Fetch(std::string_view resource, std::string_view object_namespace,
                                   std::string_view name, absl::Time deadline);

  const std::shared_ptr<ApiConnection> connection_;
  const ObjectReflector::Options options_;
  HttpObjectStore objects_;
  ObjectWatches watches_;
  absl::Mutex mutex_;
  std::unique_ptr<ObjectReflector> reflector_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_HTTP_API_H_

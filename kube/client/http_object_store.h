#ifndef COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_STORE_H_
#define COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_STORE_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "kube/client/api_connection.h"
#include "kube/client/object_store.h"

namespace countersign::kube {

// An ObjectStore on an API server. Thread-safe. Answers above 16 MiB are refused.
class HttpObjectStore final : public ObjectStore {
 public:
  explicit HttpObjectStore(std::shared_ptr<ApiConnection> connection)
      : connection_(std::move(connection)) {}

  absl::StatusOr<base::Json> Get(const ObjectPath& path, absl::Time deadline) override;
  absl::StatusOr<base::Json> Create(const ObjectPath& path, const base::Json& object,
                                    absl::Time deadline) override;
  // InvalidArgument without a metadata.resourceVersion: the API server would replace whatever is
  // there.
  absl::StatusOr<base::Json> Replace(const ObjectPath& path, const base::Json& object,
                                     absl::Time deadline) override;

 private:
  absl::StatusOr<base::Json> Send(const ObjectPath& path, std::string_view method, std::string url,
                                  std::string body, absl::Time deadline);

  const std::shared_ptr<ApiConnection> connection_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_STORE_H_

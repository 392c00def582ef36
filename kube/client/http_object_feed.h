#ifndef COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_FEED_H_
#define COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_FEED_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "kube/client/api_connection.h"
#include "kube/client/object_reflector.h"
#include "kube/object_feed.h"
#include "kube/object_watches.h"

namespace countersign::kube {

// An ObjectFeed on an API server: the policies are watched (see object_reflector.h for how, and
// object_set.h for what of them is kept) from the first WatchPolicies on, once for all who ask.
// Thread-safe.
//
// RBAC must allow: list and watch of clusterimagepolicies.signing.apps.tanzu.vmware.com.
class HttpObjectFeed final : public ObjectFeed {
 public:
  explicit HttpObjectFeed(std::shared_ptr<ApiConnection> connection,
                          const ObjectReflector::Options& options = {});
  // Does not wait for the network. Watches must have ended.
  ~HttpObjectFeed() override;

  // Does not wait; `on_change` is first called when the list is there, or has failed.
  std::unique_ptr<ObjectWatch> WatchPolicies(PoliciesCallback on_change) override;

 private:
  const std::shared_ptr<ApiConnection> connection_;
  const ObjectReflector::Options options_;
  ObjectWatches watches_;
  absl::Mutex mutex_;
  std::unique_ptr<ObjectReflector> reflector_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_FEED_H_

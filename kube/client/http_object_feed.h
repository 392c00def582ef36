#ifndef COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_FEED_H_
#define COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_FEED_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "kube/client/api_connection.h"
#include "kube/client/object_reflector.h"
#include "kube/object_feed.h"
#include "kube/object_selection.h"
#include "kube/object_watches.h"

namespace countersign::kube {

// An ObjectFeed on an API server. Each selection is listed and watched (see object_reflector.h for
// how, and object_set.h for what is kept of the objects) from the first Watch on, once for all who
// ask for the same. Thread-safe.
//
// RBAC must allow: list and watch of what is selected.
class HttpObjectFeed final : public ObjectFeed {
 public:
  explicit HttpObjectFeed(std::shared_ptr<ApiConnection> connection,
                          const ObjectReflector::Options& options = {});
  // Does not wait for the network. Watches must have ended.
  ~HttpObjectFeed() override;

  // Does not wait; `on_change` is first called when the list is there, or has failed.
  std::unique_ptr<ObjectWatch> Watch(const ObjectSelection& selection,
                                     ObjectsCallback on_change) override;

 private:
  struct Followed {
    ObjectWatches watches;
    std::unique_ptr<ObjectReflector> reflector;  // last: it tells the watches
  };

  ObjectWatches Follow(const ObjectSelection& selection) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<ApiConnection> connection_;
  const ObjectReflector::Options options_;
  absl::Mutex mutex_;
  // By what they list.
  std::map<std::string, Followed> followed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_HTTP_OBJECT_FEED_H_

#ifndef COUNTERSIGN_KUBE_FAKE_OBJECT_FEED_H_
#define COUNTERSIGN_KUBE_FAKE_OBJECT_FEED_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/json.h"
#include "kube/object_feed.h"
#include "kube/object_watches.h"

namespace countersign::kube {

// Objects in memory, for tests; none at first. Whatever is selected, they are all. Thread-safe.
class FakeObjectFeed final : public ObjectFeed {
 public:
  // Replaces all objects, or makes them unreadable; tells the watches before it returns.
  void Set(absl::StatusOr<std::vector<base::Json>> objects);

  std::unique_ptr<ObjectWatch> Watch(const ObjectSelection& selection,
                                     ObjectsCallback on_change) override;

 private:
  ObjectWatches watches_{std::vector<Object>()};
};

// One of those for each kind, by its group and plural, for tests. Thread-safe.
class FakeObjectFeeds final : public ObjectFeed {
 public:
  // Lives as long as this.
  FakeObjectFeed& Of(const ObjectSelection& selection);

  std::unique_ptr<ObjectWatch> Watch(const ObjectSelection& selection,
                                     ObjectsCallback on_change) override;

 private:
  absl::Mutex mutex_;
  std::map<std::string, FakeObjectFeed> feeds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_FAKE_OBJECT_FEED_H_

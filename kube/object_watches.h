#ifndef COUNTERSIGN_KUBE_OBJECT_WATCHES_H_
#define COUNTERSIGN_KUBE_OBJECT_WATCHES_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/object_feed.h"

namespace countersign::kube {

// The watches of the same objects, and what they were told last. Copies share these.
// Thread-safe. What Add returns may outlive them.
class ObjectWatches {
 public:
  // Nothing is told until the first Publish, or `first`.
  ObjectWatches();
  explicit ObjectWatches(ListedObjects first);

  // Tells everybody, one after the other, before it returns.
  void Publish(ListedObjects objects);

  // Tells `on_change` what was published last, if anything was, before it returns, and from then on
  // whatever is.
  std::unique_ptr<ObjectWatch> Add(ObjectsCallback on_change);

 private:
  class Registered;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_OBJECT_WATCHES_H_

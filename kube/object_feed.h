#ifndef COUNTERSIGN_KUBE_OBJECT_FEED_H_
#define COUNTERSIGN_KUBE_OBJECT_FEED_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "kube/object_selection.h"

namespace countersign::kube {

// An object of the cluster, and how to tell a person where in it something is.
struct Object {
  base::Json json;
  // Says where a JSON pointer into `json` was written: "policy.yaml:12" for a file, the object's
  // kind and name in a cluster, the pointer itself where there is nothing better.
  std::function<std::string(std::string_view pointer)> locate;
};

// All objects that there are of some kind, or why that cannot be said.
using ListedObjects = absl::StatusOr<std::vector<Object>>;
using ObjectsCallback = std::function<void(const ListedObjects& objects)>;

// Ends the watch when destroyed: no call of its callback is running or comes after that.
class ObjectWatch {
 public:
  virtual ~ObjectWatch() = default;
};

// Tells of a cluster's objects, and of their changes. Thread-safe.
class ObjectFeed {
 public:
  virtual ~ObjectFeed() = default;

  // Calls `on_change`, from one thread at a time, with all objects of `selection` as soon as they
  // are known and whenever they have changed; with an error when they can no longer be read or
  // understood (the message says where and why), until they can. Nothing is told twice in a row.
  // A selection that cannot be watched here gets the error InvalidArgument.
  virtual std::unique_ptr<ObjectWatch> Watch(const ObjectSelection& selection,
                                             ObjectsCallback on_change) = 0;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_OBJECT_FEED_H_

#ifndef COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_
#define COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "kube/client/watch_events.h"
#include "kube/object_feed.h"
#include "kube/object_selection.h"

namespace countersign::kube {

// The objects of a selection as a list and then the events of a watch tell them ("Kubernetes API
// Concepts", efficient detection of changes). Of each object everything is kept but
// metadata.managedFields, which can be larger than the rest, unless the selection wants less. Plain value.
class ObjectSet {
 public:
  explicit ObjectSet(ObjectSelection selection) : selection_(std::move(selection)) {}

  // Takes one response of a list, which may come in several. Returns the token to ask for the next
  // with, "" after the last. InvalidArgument if it is no list of such objects, ResourceExhausted if
  // there are more than the selection's max_objects.
  absl::StatusOr<std::string> AddChunk(base::Json list);

  // Takes an event. An error leaves the set as it was: what an error event says (OutOfRange if the
  // watch is too old), InvalidArgument, ResourceExhausted.
  absl::Status Apply(WatchEvent event);

  // What to watch from: of the list, then of the last event.
  const std::string& resource_version() const { return resource_version_; }

  // In the order of their namespaces and names; `locate` says "KIND NAME" or "KIND NAMESPACE/NAME".
  std::vector<Object> Objects() const;

  // Whether the objects are the same.
  bool HasSameObjects(const ObjectSet& other) const { return by_name_ == other.by_name_; }

 private:
  using Name = std::pair<std::string, std::string>;  // the namespace, if there is one, and the name

  absl::StatusOr<Name> ReadFullName(const base::Json& object) const;
  absl::Status Put(base::Json object);

  ObjectSelection selection_;
  std::map<Name, base::Json> by_name_;
  std::string resource_version_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

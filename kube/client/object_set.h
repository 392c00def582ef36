#ifndef COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_
#define COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

#include <cstddef>
#include <map>
#include <memory>
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
// metadata.managedFields, which can be larger than the rest, unless the selection wants less. Plain value;
// copies share the objects.
class ObjectSet {
 public:
  explicit ObjectSet(ObjectSelection selection) : selection_(std::move(selection)) {}

  // Takes one response of a list, which may come in several. Returns the token to ask for the next
  // with, "" after the last. InvalidArgument if it is no list of such objects, ResourceExhausted if
  // there are more than the selection's max_objects or max_bytes, which says what to do about it.
  absl::StatusOr<std::string> AddChunk(base::Json list);

  // Takes an event. An error leaves the set as it was: what an error event says (OutOfRange if the
  // watch is too old), InvalidArgument, ResourceExhausted.
  absl::Status Apply(WatchEvent event);

  // What to watch from: of the list, then of the last event.
  const std::string& resource_version() const { return resource_version_; }

  // In the order of their namespaces and names; `locate` says "KIND NAME" or "KIND NAMESPACE/NAME".
  std::vector<Object> Objects() const;

  // Whether the objects are the same.
  bool HasSameObjects(const ObjectSet& other) const;

  // What they take, with their names.
  size_t bytes() const { return bytes_; }

 private:
  using Name = std::pair<std::string, std::string>;  // the namespace, if there is one, and the name

  absl::StatusOr<Name> ReadFullName(const base::Json& object) const;
  absl::Status Put(base::Json object);
  absl::Status CheckRoom(const Name& name, size_t bytes) const;
  void Erase(const Name& name);

  ObjectSelection selection_;
  struct Kept {
    std::shared_ptr<const base::Json> json;
    size_t bytes = 0;
  };
  std::map<Name, Kept> by_name_;
  size_t bytes_ = 0;
  std::string resource_version_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

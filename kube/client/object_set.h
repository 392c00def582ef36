#ifndef COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_
#define COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
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
//
// Of what there is much of (only_labels), whoever may make objects could fill the room of all. So the
// oldest find room first, whenever they come, by what the API server says of when they were made, and those
// that do not are taken as absent until there is another list: of what one list tells, the oldest that find
// room together are here.
class ObjectSet {
 public:
  explicit ObjectSet(ObjectSelection selection) : selection_(std::move(selection)) {}

  // Takes one response of a list, which may come in several. Returns the token to ask for the next
  // with, "" after the last. InvalidArgument if it is no list of such objects, ResourceExhausted if
  // there are more than the selection's max_objects or max_bytes, which says what to do about it; but not
  // with only_labels.
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

  // Which objects are taken as absent, though they are there.
  struct Absent {
    // What those would take that are larger than max_bytes_of_one, by names, of which no more are said than
    // kMostNamed.
    std::map<std::string, size_t> too_large;
    // Why not all others find room, since the last list; "": they do.
    std::string no_room;

    friend bool operator==(const Absent&, const Absent&) = default;
  };
  static constexpr size_t kMostNamed = 100;
  const Absent& absent() const { return absent_; }

  // Whether another list may find room for some that found none.
  bool MayFindRoom() const { return may_find_room_; }

 private:
  using Name = std::pair<std::string, std::string>;  // the namespace, if there is one, and the name
  // When it was made, in seconds, and which it is: the order in which they find room.
  using Age = std::pair<int64_t, Name>;
  struct Kept {
    std::shared_ptr<const base::Json> json;
    size_t bytes = 0;
    int64_t made = 0;
  };

  absl::StatusOr<Name> ReadFullName(const base::Json& object) const;
  absl::Status Put(base::Json object);
  absl::Status CheckRoom(const Name& name, size_t bytes) const;
  bool MakeRoom(const Age& age, size_t bytes);
  void Erase(const Name& name);

  ObjectSelection selection_;
  std::map<Name, Kept> by_name_;
  std::set<Age> by_age_;  // the same, with only_labels
  size_t bytes_ = 0;
  Absent absent_;
  bool may_find_room_ = false;
  std::string resource_version_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

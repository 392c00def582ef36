#ifndef COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_
#define COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "kube/client/watch_events.h"
#include "kube/object_feed.h"

namespace countersign::kube {

// The ClusterImagePolicies of a cluster as a list and then the events of a watch tell them
// ("Kubernetes API Concepts", efficient detection of changes). Of each object everything is kept
// but metadata.managedFields, which can be larger than the rest. Plain value.
class ObjectSet {
 public:
  // Where the policies are in the API.
  static constexpr std::string_view kPath =
      "/apis/signing.apps.tanzu.vmware.com/v1beta1/clusterimagepolicies";

  // Takes one response of a list, which may come in several. Returns the token to ask for the next
  // with, "" after the last. InvalidArgument if it is no list of ClusterImagePolicies,
  // ResourceExhausted if there are more than a thousand.
  absl::StatusOr<std::string> AddChunk(base::Json list);

  // Takes an event. An error leaves the set as it was: what an error event says (OutOfRange if the
  // watch is too old), InvalidArgument, ResourceExhausted.
  absl::Status Apply(WatchEvent event);

  // What to watch from: of the list, then of the last event.
  const std::string& resource_version() const { return resource_version_; }

  // In the order of their names; `locate` says "ClusterImagePolicy NAME".
  std::vector<Object> Objects() const;

  // Whether the objects are the same.
  bool HasSameObjects(const ObjectSet& other) const { return by_name_ == other.by_name_; }

 private:
  absl::Status Put(base::Json object);

  std::map<std::string, base::Json> by_name_;
  std::string resource_version_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_OBJECT_SET_H_

#ifndef COUNTERSIGN_KUBE_OBJECT_SELECTION_H_
#define COUNTERSIGN_KUBE_OBJECT_SELECTION_H_

#include <cstddef>
#include <limits>
#include <string>

#include "absl/status/status.h"

namespace countersign::kube {

// A kind of objects, and where the Kubernetes API has them ("Kubernetes API Concepts", standard API
// terminology).
struct Resource {
  std::string group;    // "" for the core group
  std::string version;  // which the API server is asked for: "v1"
  std::string plural;   // as URLs have it: "configmaps"
  std::string kind;     // "ConfigMap"
  std::string kinds;    // several of them, for sentences: "ConfigMaps"
  bool is_namespaced = false;
  std::string former_group = {};  // what the group was called before; "": nothing else

  friend bool operator==(const Resource&, const Resource&) = default;
};

// Which objects of a cluster are to be listed and watched.
struct ObjectSelection {
  Resource resource;
  std::string object_namespace = {};  // only those in it; "" for all
  std::string name = {};              // only those of that name; "" for all
  std::string spoken;                 // what the log calls them: "policies"
  size_t max_objects = 1000;          // of a cluster; that there are more is an error
  // What is kept of those of a cluster, in memory (base/json_bytes.h), with their names; more is an error.
  // But of what there is much of (only_labels), those that find no room are as if they were not there.
  size_t max_bytes = 64 << 20;
  // Of each object of a cluster only its name, namespace and labels are kept, so that changes of nothing
  // else are told: for what there is much of.
  bool only_labels = false;
  // One of which more would be kept is as if it were not there: only for what nobody gains by, and with
  // only_labels.
  size_t max_bytes_of_one = std::numeric_limits<size_t>::max();
  // What follows for those that are as if they were not there: a phrase for the log.
  std::string if_absent = {};

  friend bool operator==(const ObjectSelection&, const ObjectSelection&) = default;
};

// InvalidArgument if it must not be listed or watched: Secrets, which are read by name
// (kube/secret_reader.h), and names that no object can have. Pure.
absl::Status CheckSelection(const ObjectSelection& selection);

// Whether an object of that namespace ("" for those of the cluster) and name is among them.
bool IsSelected(const ObjectSelection& selection, const std::string& object_namespace,
                const std::string& name);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_OBJECT_SELECTION_H_

#ifndef COUNTERSIGN_KUBE_MANIFESTS_CLUSTER_OBJECTS_H_
#define COUNTERSIGN_KUBE_MANIFESTS_CLUSTER_OBJECTS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "kube/manifests/source_lines.h"
#include "kube/object_feed.h"
#include "kube/object_selection.h"
#include "kube/secret_reader.h"

namespace countersign::kube {

// What files of Kubernetes objects define, as far as this project reads it.
struct ClusterObjects {
  struct Entry {
    std::string group;
    std::string kind;
    std::string object_namespace;  // "" for what no namespace holds
    std::string name;
    std::string file;
    base::Json json;
    SourceLines lines;

    friend bool operator==(const Entry&, const Entry&) = default;
  };
  // Those of the resources that were asked for, in the order of reading.
  std::vector<Entry> entries;
  // By "namespace/name". One that is not as it should be spoils no other object: it is the
  // InvalidArgument that says where and why.
  std::map<std::string, absl::StatusOr<Secret>, std::less<>> secrets;
  std::map<std::string, absl::StatusOr<ServiceAccount>, std::less<>> service_accounts;
  // What is of no resource that was asked for but was most likely meant to be (kube/near_kind.h), each
  // "FILE:LINE: …".
  std::vector<std::string> near_misses;
  // Where each of these objects was defined: kind, full name and group to "secrets.yaml:3".
  std::map<std::string, std::string> definitions;
};

// Adds the object in `document`, or the objects if it is a list of them (object_list.h), to `objects`:
// Secrets, ServiceAccounts, and those of `resources`, in whatever version of the group. Kinds that are not
// read are passed over; an object without metadata.namespace is in `default`. InvalidArgument says
// "FILE:LINE: …": no object, a list that is none, no kind, no name, or defined before. Whatever else an
// API server would refuse in metadata (kube/metadata_review.h) is for whoever reads the object. Values of
// Secrets are never quoted.
absl::Status AddDocument(const std::string& file, Document document,
                         const std::vector<Resource>& resources, ClusterObjects& objects);

// Why Secrets and ServiceAccounts cannot be used, and what is passed over and should not be, each
// "FILE:LINE: …".
std::vector<std::string> ListFaults(const ClusterObjects& objects);

// The objects as an ObjectFeed tells of them; their `locate` says "FILE:LINE".
std::vector<Object> SelectObjects(const ClusterObjects& objects, const ObjectSelection& selection);

// Whether both have the same objects of a selection, written in the same places.
bool HaveTheSame(const ClusterObjects& one, const ClusterObjects& other,
                 const ObjectSelection& selection);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_CLUSTER_OBJECTS_H_

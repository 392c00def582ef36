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
#include "kube/secret_reader.h"

namespace countersign::kube {

// What files of Kubernetes objects define, as far as this project reads it.
struct ClusterObjects {
  struct Policy {
    std::string file;
    base::Json json;
    SourceLines lines;

    friend bool operator==(const Policy&, const Policy&) = default;
  };
  // The ClusterImagePolicies of signing.apps.tanzu.vmware.com, in the order of reading.
  std::vector<Policy> policies;
  // By "namespace/name". One that is not as it should be spoils no other object: it is the
  // InvalidArgument that says where and why.
  std::map<std::string, absl::StatusOr<Secret>, std::less<>> secrets;
  std::map<std::string, absl::StatusOr<ServiceAccount>, std::less<>> service_accounts;
  // Where each of these objects was defined: "Secret default/web" to "secrets.yaml:3".
  std::map<std::string, std::string> definitions;
};

// Adds the object in `document`, or the objects if it is a v1 List, to `objects`. Kinds that are
// not read are passed over; an object without metadata.namespace is in `default`. InvalidArgument
// says "FILE:LINE: …": no object, no kind, no name, or defined before. Values of Secrets are never
// quoted.
absl::Status AddDocument(const std::string& file, Document document, ClusterObjects& objects);

// Why Secrets and ServiceAccounts cannot be used, each "FILE:LINE: …".
std::vector<std::string> ListFaults(const ClusterObjects& objects);

// The policies as WatchPolicies of ObjectFeed gives them; their `locate` says "FILE:LINE".
std::vector<Object> LocatedPolicies(const ClusterObjects& objects);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_CLUSTER_OBJECTS_H_

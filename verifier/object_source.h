#ifndef COUNTERSIGN_VERIFIER_OBJECT_SOURCE_H_
#define COUNTERSIGN_VERIFIER_OBJECT_SOURCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/client/cluster_connection.h"
#include "kube/object_selection.h"

namespace countersign::verifier {

// Where policies, Secrets and service accounts are read: a directory or a cluster.
struct ObjectSource {
  // A directory of manifests that stands in for the cluster (kube/manifests/manifest_directory.h).
  std::string directory;
  kube::ClusterOptions cluster;

  // Whether any was named.
  bool IsNamed() const;
};

// Opens the one source that `source` names. `selections` are what will be watched. Without a cluster
// `store` of the result is null. InvalidArgument if there is not exactly one; errors name the flag at
// fault.
absl::StatusOr<kube::ClusterConnection> OpenObjectSource(
    const ObjectSource& source, const std::vector<kube::ObjectSelection>& selections);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_OBJECT_SOURCE_H_

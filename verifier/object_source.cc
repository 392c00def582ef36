#include "verifier/object_source.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "kube/manifests/manifest_directory.h"

namespace countersign::verifier {

bool ObjectSource::IsNamed() const { return !directory.empty() || cluster.IsNamed(); }

absl::StatusOr<kube::ClusterConnection> OpenObjectSource(
    const ObjectSource& source, const std::vector<kube::ObjectSelection>& selections) {
  if (!source.IsNamed()) {
    return absl::InvalidArgumentError(
        "say where the policy is: --kubernetes (the cluster that this pod runs in), --kubeconfig "
        "FILE, or --objects DIR (a directory of manifests)");
  }
  const int named = static_cast<int>(!source.directory.empty()) +
                    static_cast<int>(source.cluster.in_cluster) +
                    static_cast<int>(!source.cluster.kubeconfig.empty());
  if (named > 1) {
    return absl::InvalidArgumentError(
        "--kubernetes, --kubeconfig and --objects: give one of them, not several");
  }
  if (!source.directory.empty()) {
    absl::StatusOr<std::unique_ptr<kube::ManifestDirectory>> opened =
        kube::ManifestDirectory::Open(source.directory, selections);
    if (!opened.ok()) return base::Annotate("--objects", opened.status());
    const std::shared_ptr<kube::ManifestDirectory> directory = *std::move(opened);
    return kube::ClusterConnection{.secrets = directory, .feed = directory, .store = nullptr};
  }
  absl::StatusOr<kube::ClusterConnection> cluster = kube::ConnectToCluster(source.cluster);
  if (!cluster.ok()) {
    return base::Annotate(source.cluster.in_cluster ? "--kubernetes" : "--kubeconfig",
                          cluster.status());
  }
  return cluster;
}

}  // namespace countersign::verifier

#include "policy/docker_hub_path.h"

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "oci/registry_name.h"

namespace countersign::policy {

std::optional<std::string_view> WithoutLibrary(std::string_view path) {
  if (!absl::StartsWith(path, oci::kDockerHubLibrary)) return std::nullopt;
  path.remove_prefix(oci::kDockerHubLibrary.size());
  if (absl::StrContains(path, '/')) return std::nullopt;
  return path;
}

bool MeansOnDockerHub(std::string_view name, std::string_view path) {
  const absl::StatusOr<oci::ImageReference> read = oci::ImageReference::Parse(name);
  return read.ok() && read->repository().registry == oci::kDockerHub &&
         read->repository().path == path;
}

std::optional<std::string> LocalhostOnDockerHub(const oci::Repository& repository) {
  if (repository.registry != "localhost") return std::nullopt;
  return repository.ToString();
}

}  // namespace countersign::policy

#ifndef COUNTERSIGN_KUBE_MANIFESTS_MANIFEST_FILES_H_
#define COUNTERSIGN_KUBE_MANIFESTS_MANIFEST_FILES_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kube/manifests/cluster_objects.h"
#include "kube/object_selection.h"

namespace countersign::kube {

// By what a file that has changed is told, as good as always, without reading it.
struct FileMark {
  std::string name;
  dev_t device = 0;
  ino_t inode = 0;
  off_t bytes = 0;
  int64_t modified_ns = 0;
  int64_t status_changed_ns = 0;

  friend bool operator==(const FileMark&, const FileMark&) = default;
};

inline constexpr size_t kMaxManifestFiles = 1000;
inline constexpr off_t kMaxManifestBytes = 64 << 20;  // of all files together

// The files in `directory` that IsManifestName names, sorted by name; symbolic links are followed.
// NotFound if there is no such directory, or the code of another reason of the system's;
// InvalidArgument, naming the file, if one cannot be looked at or is no regular file, or if they
// are too many or too large together.
absl::StatusOr<std::vector<FileMark>> ListManifests(const std::string& directory);

// Reads and parses `files`, for Secrets, ServiceAccounts and what is of `resources`.
// InvalidArgument "FILE:LINE: …" if one is not as it should be (see AddDocument), errors of
// base::LoadFile if it cannot be read.
absl::StatusOr<ClusterObjects> LoadManifests(const std::string& directory,
                                             const std::vector<FileMark>& files,
                                             const std::vector<Resource>& resources);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_MANIFEST_FILES_H_

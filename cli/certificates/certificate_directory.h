#ifndef COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_DIRECTORY_H_
#define COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_DIRECTORY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "kube/client/object_store.h"

namespace countersign::cli {

// Keeps Secrets in files where there is no cluster: DIRECTORY/SECRET/ENTRY, as a pod has them that
// mounts them. All files of a Secret change in one step, as the kubelet changes them (by the
// symbolic link `..data`), so that a process never reads a certificate beside another's key. Keys
// can be read by the user alone who makes them. Annotations are kept beside them, in a file that
// begins with a dot. There are no other objects than Secrets: NotFound.
//
// A folder that others have filled is read as a Secret without annotations. Namespaces make no
// difference. Several processes may use one directory at a time. Thread-safe.
class CertificateDirectory final : public kube::ObjectStore {
 public:
  // Makes the directory if it is not there (but not its parents). Errors say what the system says.
  static absl::StatusOr<std::unique_ptr<CertificateDirectory>> Open(const std::string& directory);

  absl::StatusOr<base::Json> Get(const kube::ObjectPath& path, absl::Time deadline) override;
  absl::StatusOr<base::Json> Create(const kube::ObjectPath& path, const base::Json& object,
                                    absl::Time deadline) override;
  absl::StatusOr<base::Json> Replace(const kube::ObjectPath& path, const base::Json& object,
                                     absl::Time deadline) override;

 private:
  explicit CertificateDirectory(std::string directory) : directory_(std::move(directory)) {}

  std::string FolderOf(const kube::ObjectPath& path) const;
  absl::StatusOr<base::Json> Write(const kube::ObjectPath& path, const base::Json& object);

  const std::string directory_;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_CERTIFICATES_CERTIFICATE_DIRECTORY_H_

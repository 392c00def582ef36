#ifndef COUNTERSIGN_KUBE_MANIFESTS_MANIFEST_DIRECTORY_H_
#define COUNTERSIGN_KUBE_MANIFESTS_MANIFEST_DIRECTORY_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "kube/object_feed.h"
#include "kube/object_selection.h"
#include "kube/secret_reader.h"

namespace countersign::kube {

// A directory of Kubernetes manifests that stands in for a cluster: files named *.yaml, *.yml
// (multi-document) and *.json directly in it (not in subdirectories; names starting with '.' are
// passed over), each document an object or a list of them (object_list.h). Only Secrets,
// ServiceAccounts and the kinds to be watched are read, of whatever version; others are passed over. An
// object without metadata.namespace is in `default`.
//
// The directory is watched (inotify, and a look twice a second for file systems without it and for
// what symbolic links lead to; the atomic swap of links of a mounted ConfigMap included): a change
// holds within a second. Objects change all together or not at all: if any file does not parse, or
// two documents define one object, the last good state stays, the watches report the error
// ("FILE:LINE: reason", FILE relative to the directory), and it is logged.
//
// Files are often rewritten in place, and found empty or half-written on the way. A state that does
// not parse, or that has fewer objects to watch than the one in force, therefore counts only if it
// is still so a moment (300 ms) later.
//
// Limits: 1,000 files, 4 MiB each and 64 MiB together, 64 levels of nesting, 100,000 YAML nodes a
// file after following aliases.
//
// Thread-safe.
class ManifestDirectory final : public SecretReader, public ObjectFeed {
 public:
  // Reads the directory once before it returns. `selections` are what can be watched. `clock`,
  // which must outlive this, says how long a moment is. NotFound if the directory does not exist;
  // one whose content does not parse is no error here but one that the watches report and
  // FetchSecret answers (FailedPrecondition), until it is mended.
  static absl::StatusOr<std::unique_ptr<ManifestDirectory>> Open(
      std::string directory, const std::vector<ObjectSelection>& selections,
      const base::Clock* clock = &base::Clock::Real());
  // Watches must have ended.
  ~ManifestDirectory() override;

  // These two never wait; the deadline does not matter.
  absl::StatusOr<Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                     absl::Time deadline) override;
  absl::StatusOr<ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                     std::string_view name,
                                                     absl::Time deadline) override;
  // The first call of `on_change` comes before Watch returns.
  std::unique_ptr<ObjectWatch> Watch(const ObjectSelection& selection,
                                     ObjectsCallback on_change) override;

 private:
  class State;
  explicit ManifestDirectory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_MANIFEST_DIRECTORY_H_

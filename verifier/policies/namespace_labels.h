#ifndef COUNTERSIGN_VERIFIER_POLICIES_NAMESPACE_LABELS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_NAMESPACE_LABELS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "kube/object_feed.h"

namespace countersign::verifier {

// Never null where they are known; a namespace may have none.
using LabelsPtr = std::shared_ptr<const std::map<std::string, std::string>>;

// The labels of a cluster's namespaces, as a watch tells them. While that fails those that were told
// last stay, as what is certainly not labelled is not asked about. Those of a namespace of which some cannot
// be read (the API server has none such, files are their authors') are not known, and the log says so once.
// Thread-safe.
class NamespaceLabels {
 public:
  // Starts watching. `feed` must outlive this. `on_first`, if given, is called once all have been
  // read for the first time, maybe on another thread, maybe before the constructor returns.
  explicit NamespaceLabels(kube::ObjectFeed* feed, std::function<void()> on_first = nullptr);

  // Null: there is no such namespace, as far as is known here; its labels cannot be read; or it has more
  // labels than are kept (NamespaceSelection).
  LabelsPtr Find(std::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);

  // OK once they have been read; until then why not.
  absl::Status first_read() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Why they cannot be read now; OK: they can, or have not been looked for yet.
  absl::Status problem() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Of how many namespaces they are known.
  size_t count() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using ByName = absl::flat_hash_map<std::string, LabelsPtr>;
  using Faults = std::map<std::string, std::string>;  // by the names of namespaces: where, and what

  void TellNew(const Faults& faults) ABSL_LOCKS_EXCLUDED(mutex_);
  void Take(const kube::ListedObjects& objects) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::function<void()> on_first_;
  mutable absl::Mutex mutex_;
  ByName by_name_ ABSL_GUARDED_BY(mutex_);
  Faults faults_ ABSL_GUARDED_BY(mutex_);
  absl::Status problem_ ABSL_GUARDED_BY(mutex_);
  bool has_been_read_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<kube::ObjectWatch> watch_;  // last: its callback uses the others
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_NAMESPACE_LABELS_H_

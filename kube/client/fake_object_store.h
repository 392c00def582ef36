#ifndef COUNTERSIGN_KUBE_CLIENT_FAKE_OBJECT_STORE_H_
#define COUNTERSIGN_KUBE_CLIENT_FAKE_OBJECT_STORE_H_

#include <functional>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "kube/client/object_store.h"

namespace countersign::kube {

// Objects in memory, with the resourceVersions that a real API server would give them. A
// subresource `status` replaces nothing but the member `status`; without it, everything but that
// member, where the object has it. A call whose deadline has passed is DeadlineExceeded.
// Thread-safe.
class FakeObjectStore final : public ObjectStore {
 public:
  absl::StatusOr<base::Json> Get(const ObjectPath& path, absl::Time deadline) override;
  absl::StatusOr<base::Json> Create(const ObjectPath& path, const base::Json& object,
                                    absl::Time deadline) override;
  absl::StatusOr<base::Json> Replace(const ObjectPath& path, const base::Json& object,
                                     absl::Time deadline) override;

  // Called, without a lock held, before every call is carried out, with "GET", "POST" or "PUT"; an
  // error is the call's answer. To fail calls, or to change objects under the caller's hands.
  using Hook = std::function<absl::Status(std::string_view method, const ObjectPath& path)>;
  void SetHook(Hook hook);

  // How many objects were created or replaced.
  int writes() const;

 private:
  absl::Status Begin(std::string_view method, const ObjectPath& path, absl::Time deadline);
  base::Json& Store(const std::string& url, base::Json object)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Hook hook_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, base::Json> objects_ ABSL_GUARDED_BY(mutex_);
  int writes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_FAKE_OBJECT_STORE_H_

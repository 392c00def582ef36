#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_WATCHER_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_WATCHER_H_

#include <functional>
#include <memory>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "kube/object_feed.h"
#include "verifier/policies/policy_list.h"
#include "verifier/policies/policy_store.h"

namespace countersign::verifier {

// Turns what is said of all policies there are into the policy in force:
// - no ClusterImagePolicy: nothing is enforced;
// - one that is named `image-policy` and can be read: it is in force, and what is wrong in single
//   keys and patterns of it is logged, with its place, and denies what names it;
// - anything else (another name, several, an object that is no policy): logged with its place, and
//   the last good policy stays in force. If there was none yet, the store says why.
// Returns whether a policy, or the absence of one, has been put in force.
bool TakePolicies(const PolicyList& list, PolicyStore* store);

// Takes the policies of a cluster, whenever they change.
class PolicyWatcher {
 public:
  // Is given all ClusterImagePolicies whenever they could be read, whatever is in them.
  using ListCallback = std::function<void(const PolicyList&)>;

  // Starts watching. `feed` and `store` must outlive the watcher. `on_read`, if given, is called
  // (maybe on another thread, maybe before the constructor returns) whenever a policy, or the
  // absence of one, has been put in force; `on_list`, in the same way and after that, for every
  // list.
  PolicyWatcher(kube::ObjectFeed* feed, PolicyStore* store, std::function<void()> on_read = nullptr,
                ListCallback on_list = nullptr);

  // Returns once the cluster has said something about its policies, if only that they cannot be
  // read, or at the deadline.
  void AwaitFirst(absl::Time deadline) const { first_.WaitForNotificationWithDeadline(deadline); }

 private:
  void OnChange(const kube::ListedObjects& objects);

  PolicyStore* const store_;
  const std::function<void()> on_read_;
  const ListCallback on_list_;
  absl::Notification first_;
  std::unique_ptr<kube::ObjectWatch> watch_;  // last: its callback uses the others
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_WATCHER_H_

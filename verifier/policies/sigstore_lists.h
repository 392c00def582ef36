#ifndef COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_LISTS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_LISTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "kube/object_feed.h"

namespace countersign::verifier {

// All objects of one kind at one moment; not null once they have been read.
using ObjectList = std::shared_ptr<const std::vector<kube::Object>>;

// What policies of policy.sigstore.dev are made of, of which each kind was read by itself.
struct SigstoreObjects {
  ObjectList image_policies;
  ObjectList trust_roots;
  ObjectList options;
  ObjectList settings;  // of the one ConfigMap: it, or none

  // Whether they are the same lists.
  friend bool operator==(const SigstoreObjects&, const SigstoreObjects&) = default;
};

// Follows them. Of a kind that cannot be read the objects read last stay. Thread-safe.
class SigstoreLists {
 public:
  // Starts watching. `feed` must outlive this. `on_change` is called, maybe on another thread, maybe
  // before the constructor returns, whenever a kind was read again or could not be; `on_policies` before
  // that, with all image policies that were read, and whether one of them says something else than
  // before.
  using PoliciesCallback = std::function<void(const ObjectList& policies, bool have_changed)>;
  SigstoreLists(kube::ObjectFeed* feed, const std::string& config_namespace,
                PoliciesCallback on_policies, std::function<void()> on_change);

  // What was read last, and what there is to say about that, at one moment.
  struct State {
    SigstoreObjects objects;
    // Of what the objects say, without their statuses: another one, another number.
    uint64_t version = 0;
    bool are_complete = false;          // each kind has been read once
    bool have_been_looked_for = false;  // each kind has been read, or could not be
    absl::Status problem;               // why one of them cannot be read; OK: all can
  };
  State state() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  enum Kind : size_t { kImagePolicies, kTrustRoots, kOptions, kSettings, kKinds };
  struct Followed {
    ObjectList objects;
    bool has_been_looked_for = false;
    absl::Status problem;
  };

  void Take(Kind kind, const kube::ListedObjects& listed) ABSL_LOCKS_EXCLUDED(mutex_);

  const PoliciesCallback on_policies_;
  const std::function<void()> on_change_;
  mutable absl::Mutex mutex_;
  std::array<Followed, kKinds> followed_ ABSL_GUARDED_BY(mutex_);
  uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  // Last: their callbacks use the others.
  std::vector<std::unique_ptr<kube::ObjectWatch>> watches_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_SIGSTORE_LISTS_H_

#ifndef COUNTERSIGN_VERIFIER_POLICIES_POLICY_STATUS_REPORTER_H_
#define COUNTERSIGN_VERIFIER_POLICIES_POLICY_STATUS_REPORTER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/json.h"
#include "kube/client/object_store.h"

namespace countersign::verifier {

// An object that has a status, and what is to stand there.
struct ReportedObject {
  std::shared_ptr<const base::Json> object;  // as it is stored now; not null
  kube::ObjectPath path;                     // of its status
  // What its status should be at that moment. Pure.
  std::function<base::Json(absl::Time now)> build_status;
  // The status is somebody else's to write: it is counted, and told to the log.
  bool is_held = false;
};

// Writes what is found about policies, and what belongs to them, into their status, from a
// thread of its own. Any number of processes may do so at once, without a leader: each computes the
// same, and writes only what is not there already, so that a write that comes back through the
// watch leads to none. Where two do not agree, as while one version follows another, or what is
// written does not stay, each write of one content waits twice as long as the one before it.
//
// What the API server refuses is tried again after ten minutes, what it cannot do now after a
// second, then two, and so on up to ten minutes; what has changed meanwhile, once the watch has
// brought the change. Nothing depends on a status having been written.
class PolicyStatusReporter {
 public:
  struct Options {
    absl::Duration first_wait = absl::Seconds(1);
    absl::Duration longest_wait = absl::Minutes(10);
    absl::Duration write_timeout = absl::Seconds(5);
    const base::Clock* clock = &base::Clock::Real();
  };

  // `objects` must outlive this.
  PolicyStatusReporter(kube::ObjectStore* objects, Options options);
  // Waits for a write in progress, write_timeout at the most.
  ~PolicyStatusReporter();
  PolicyStatusReporter(const PolicyStatusReporter&) = delete;
  PolicyStatusReporter& operator=(const PolicyStatusReporter&) = delete;

  // All objects that are reported about here, as they are stored now. Does not block.
  void Report(std::vector<ReportedObject> objects) ABSL_LOCKS_EXCLUDED(mutex_);

  // How often a status was written, and how often that failed.
  struct Counts {
    uint64_t writes = 0;
    uint64_t failures = 0;
    uint64_t held = 0;  // was to be written, and was somebody else's to write
  };
  Counts counts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // The last write to one object.
  struct Attempt {
    base::Json status;  // what was written
    absl::Duration wait;
    absl::Time not_before;
    // Not again as long as the object is of this version.
    std::string outdated_version;
    absl::Status failure;
  };

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // When to look at the object again; InfiniteFuture: once it has changed.
  absl::Time Look(const ReportedObject& reported);
  // Of one that is somebody else's.
  void Tell(const ReportedObject& reported, const base::Json& status);
  void Write(const ReportedObject& reported, const base::Json& status, Attempt& attempt);
  void Forget(const std::vector<ReportedObject>& reported);

  kube::ObjectStore* const objects_;
  const Options options_;
  std::map<std::string, Attempt> attempts_;  // of `thread_`, by kind, uid and name

  mutable absl::Mutex mutex_;
  std::shared_ptr<const std::vector<ReportedObject>> reported_ ABSL_GUARDED_BY(mutex_);
  bool has_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Counts counts_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_POLICY_STATUS_REPORTER_H_

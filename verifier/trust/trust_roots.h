#ifndef COUNTERSIGN_VERIFIER_TRUST_TRUST_ROOTS_H_
#define COUNTERSIGN_VERIFIER_TRUST_TRUST_ROOTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/turnstile.h"
#include "http/client/client.h"
#include "verifier/trust/trust_root_table.h"
#include "verifier/trust/trust_store.h"

namespace countersign::verifier {

// Has the trusted roots that TrustRoot objects (policy/sigstore/trust_root.h) name, and brings those
// that are on mirrors up to date in a few threads of its own: no request waits for that, and a mirror
// that hangs holds up itself, and others only while several hang (TrustRootTable::kAtOnce). However
// many signatures they have, one processor is busy with them at the most. What is wrong is logged once,
// and the last good one stays, until its object is gone (TrustRootTable). All of it is in memory: after
// a start, mirrors have to be asked first. Thread-safe.
class TrustRoots {
 public:
  // For one update of one root.
  static constexpr absl::Duration kUpdateTimeout = absl::Seconds(15);

  // `on_change` is called after anything that Find or States says has changed, by whoever called Set
  // or by a thread here, which holds nothing then; it may call all but Set. The client and the clock
  // must outlive this; it ends sooner if the client has been stopped.
  TrustRoots(http::Client* client, std::function<void()> on_change,
             const base::Clock* clock = &base::Clock::Real());
  ~TrustRoots();
  TrustRoots(const TrustRoots&) = delete;
  TrustRoots& operator=(const TrustRoots&) = delete;

  // These are all objects that there are, none of them null. When this returns, those that need no
  // mirror are in force. An object without a name is passed over; of several with one name the last
  // counts.
  void Set(absl::Span<const base::Json* const> objects) ABSL_LOCKS_EXCLUDED(set_mutex_, mutex_);

  // NotFound `trustRootRef x not found` if there is no such object; else errors begin with
  // "trustRootRef x: ": InvalidArgument and those of policy::OpenRepository, of an object that never
  // was good; Unavailable until its mirror has given one; ResourceExhausted if there is no room for
  // it. They name no host.
  absl::StatusOr<TrustedRootPtr> Find(std::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The same of all there are, at one moment.
  using All = std::map<std::string, absl::StatusOr<TrustedRootPtr>, std::less<>>;
  All all() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<TrustRootState> States() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // True if the caller is to tell.
  bool Replace(absl::Span<const base::Json* const> objects) ABSL_LOCKS_EXCLUDED(set_mutex_, mutex_);
  void Run();
  // The next mirror to ask, once it is time; nullopt: this is to end.
  std::optional<TrustRootTable::Job> AwaitJob() ABSL_LOCKS_EXCLUDED(mutex_);
  void Ask(TrustRootTable::Job job) ABSL_LOCKS_EXCLUDED(mutex_);

  http::Client* const client_;
  const std::function<void()> on_change_;
  const base::Clock* const clock_;
  base::Turnstile turnstile_{1};  // of a processor, for what mirrors had signed
  absl::Mutex set_mutex_;         // one Set after the other
  mutable absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(set_mutex_);
  TrustRootTable table_ ABSL_GUARDED_BY(mutex_);
  uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // of what there is to ask
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TRUST_TRUST_ROOTS_H_

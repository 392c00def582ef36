#ifndef COUNTERSIGN_VERIFIER_POLICIES_SECRET_KEYS_H_
#define COUNTERSIGN_VERIFIER_POLICIES_SECRET_KEYS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/worker_pool.h"
#include "kube/secret_reader.h"

namespace countersign::verifier {

// Public keys that policies name as Secrets of one namespace: each is read by name when it is first
// wanted, when a policy has changed, and again every so often, in a thread of its own. A Secret with a
// key has exactly one entry, whose name does not matter, and in it one PEM public key.
//
// The last good key stays, whatever becomes of the Secret: what cannot be read never takes anything
// away from what a policy asks. One that never was good is why it is not. Several are read at a time,
// and those that hang last, so that none holds up the others for long. No part of a Secret is logged.
// Thread-safe.
class SecretKeys {
 public:
  struct Options {
    std::string secret_namespace = "cosign-system";
    absl::Duration interval = absl::Seconds(30);
    // Sooner, as long as one could not be read for a reason that may pass.
    absl::Duration retry_interval = absl::Seconds(5);
    absl::Duration read_timeout = absl::Seconds(3);
    // What is left after that is read in the next turn.
    absl::Duration turn_timeout = absl::Seconds(10);
    size_t max_secrets = 1000;
    const base::Clock* clock = &base::Clock::Real();
  };

  // What is known of one.
  struct Key {
    // The last good one, a PEM text; or why there never was one, in words for the author of a policy.
    absl::StatusOr<std::string> pem;
    // Why the Secret, as it is now, certainly holds no key; OK: it does, or that is not known.
    absl::Status fault;
    // It has been read, or that has been tried.
    bool has_been_tried = false;
    friend bool operator==(const Key&, const Key&) = default;
  };
  using Keys = std::map<std::string, Key, std::less<>>;

  // `reader` must outlive this. `on_change` is called, from the thread, whenever something in keys() is
  // another than before.
  SecretKeys(kube::SecretReader* reader, Options options, std::function<void()> on_change);
  // Waits for reads in progress, read_timeout at the most.
  ~SecretKeys();
  SecretKeys(const SecretKeys&) = delete;
  SecretKeys& operator=(const SecretKeys&) = delete;

  // Which are wanted from now on; of more than max_secrets the first ones, and the others cannot be
  // read. New ones are read at once, and all of them if `again`. Does not wait.
  void Want(const std::vector<std::string>& names, bool again) ABSL_LOCKS_EXCLUDED(mutex_);

  // Those that are wanted.
  Keys keys() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether each that is wanted has been tried since it became so.
  bool HaveBeenTried() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Wanted {
    Key key;
    // Why it could not be read the last time, though that may pass; OK: it could be.
    absl::Status unread;
    bool is_due = true;
  };
  using WantedKeys = std::map<std::string, Wanted, std::less<>>;

  void Run();
  // Waits until some are due, and says which, those last that could not be read; nullopt: it is over.
  std::optional<std::vector<std::string>> AwaitTurn() ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeTurn(const std::vector<std::string>& names) ABSL_LOCKS_EXCLUDED(mutex_);
  void PutOff(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndTurn() ABSL_LOCKS_EXCLUDED(mutex_);
  void Take(const std::string& name, absl::StatusOr<std::string> pem) ABSL_LOCKS_EXCLUDED(mutex_);
  static absl::Status NotReadNow(const std::string& name);
  absl::StatusOr<std::string> Fetch(const std::string& name, absl::Time deadline) const;

  kube::SecretReader* const reader_;
  const Options options_;
  const std::function<void()> on_change_;

  // Of the thread alone.
  absl::Time next_reading_ = absl::InfiniteFuture();
  absl::Time next_retry_ = absl::InfiniteFuture();
  bool is_outage_logged_ = false;

  mutable absl::Mutex mutex_;
  WantedKeys wanted_ ABSL_GUARDED_BY(mutex_);
  bool is_called_ ABSL_GUARDED_BY(mutex_) = false;  // some are due
  bool has_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  base::WorkerPool pool_;
  std::thread thread_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_POLICIES_SECRET_KEYS_H_

#ifndef COUNTERSIGN_SHIM_VERIFIER_PEERS_H_
#define COUNTERSIGN_SHIM_VERIFIER_PEERS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace countersign::shim {

// A verifier at an address, and what came of asking it.
struct VerifierPeer {
  std::string address;  // as gRPC says it: "ipv4:192.0.2.1:8090"
  uint64_t calls = 0;
  uint64_t failures = 0;
  absl::Time last;
  absl::StatusCode last_code = absl::StatusCode::kOk;
  // The policies that it had in force when it said so last (proto/policy_hash.h), and when that was; "":
  // it never has.
  std::string policy_hash;
  absl::Time hash_told = absl::InfinitePast();
};

// The verifiers that answered last, for people to look at: nothing is decided by them. Of more than
// kMaxPeers the one goes that was asked least recently. Thread-safe.
class VerifierPeers {
 public:
  static constexpr size_t kMaxPeers = 64;

  // `clock` must outlive this.
  explicit VerifierPeers(const base::Clock* clock = &base::Clock::Real()) : clock_(clock) {}

  // What came of a call, whose answer had that hash, or none. An empty address is nobody's.
  void Add(std::string_view address, const absl::Status& status, std::string_view policy_hash = "")
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The one that was asked last first.
  std::vector<VerifierPeer> All() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const base::Clock* const clock_;
  mutable absl::Mutex mutex_;
  std::map<std::string, VerifierPeer, std::less<>> by_address_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_PEERS_H_

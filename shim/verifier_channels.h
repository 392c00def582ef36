#ifndef COUNTERSIGN_SHIM_VERIFIER_CHANNELS_H_
#define COUNTERSIGN_SHIM_VERIFIER_CHANNELS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "grpcpp/channel.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"

namespace countersign::shim {

// A channel to each verifier, and which of them is asked (affinity.h). Thread-safe; must outlive its
// turns.
class VerifierChannels {
 public:
  // More than these have no channel: of their targets, the last in order.
  static constexpr size_t kMaxVerifiers = 64;
  // How long one that has turned a question away is passed over, where there is another.
  static constexpr absl::Duration kTurnsAwayFor = absl::Seconds(1);

  using Connect = std::function<std::shared_ptr<grpc::Channel>(const std::string& target)>;

  // `on_missed` is told, often, that a question found a verifier not connected, or none at all, and must
  // not block.
  // `clock` must outlive this.
  VerifierChannels(Connect connect, std::function<void()> on_missed,
                   const base::Clock* clock = &base::Clock::Real());
  VerifierChannels(const VerifierChannels&) = delete;
  VerifierChannels& operator=(const VerifierChannels&) = delete;

  // The verifiers' gRPC targets from now on. The channels of those that are no longer there end with
  // the calls on them.
  void Set(std::vector<std::string> targets) ABSL_LOCKS_EXCLUDED(mutex_);

  // A call to a verifier: as long as it lives it counts as one in progress.
  class Turn {
   public:
    Turn(VerifierChannels* channels, std::string target, std::shared_ptr<grpc::Channel> channel,
         std::shared_ptr<v1::Verifier::Stub> stub, bool is_alone);
    Turn(Turn&& from) noexcept;
    Turn& operator=(Turn&& from) = delete;
    ~Turn();

    const std::string& target() const { return target_; }
    const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
    v1::Verifier::Stub& stub() const { return *stub_; }
    // Whether none was in progress at the verifier when this began.
    bool is_alone() const { return is_alone_; }

    // It was turned away, or not answered: others are asked for a moment.
    void TurnedAway();

   private:
    VerifierChannels* channels_;
    std::string target_;
    std::shared_ptr<grpc::Channel> channel_;
    std::shared_ptr<v1::Verifier::Stub> stub_;
    bool is_alone_;
  };

  // At a verifier that is connected: not at the target `except`, if any other is. Waits for a connection
  // until the deadline; none if there was none.
  std::optional<Turn> AwaitTurn(uint64_t key, std::string_view except, absl::Time deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The same without waiting: none if nobody is connected now.
  std::optional<Turn> TryTurn(uint64_t key) ABSL_LOCKS_EXCLUDED(mutex_) { return Choose(key, ""); }

  // The same, but without a connection at one that may have one soonest. Waits until anything is known of
  // where verifiers are; none if nothing is.
  std::optional<Turn> AnyTurn(uint64_t key, absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);

  // Of all channels together: that of the best. Connects none. "idle" where there are none.
  std::string State() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Verifier {
    std::string target;
    uint64_t hash = 0;
    std::shared_ptr<grpc::Channel> channel;
    std::shared_ptr<v1::Verifier::Stub> stub;
    size_t calls = 0;
    absl::Time turns_away_until = absl::InfinitePast();
  };

  bool HasAny() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !verifiers_.empty(); }
  std::optional<Turn> Choose(uint64_t key, std::string_view except) ABSL_LOCKS_EXCLUDED(mutex_);
  Turn Begin(Verifier* verifier) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AwaitChange(size_t which, absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  // Null if it has been dropped, or dropped and come again.
  Verifier* Find(const Turn& turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Connect connect_;
  const std::function<void()> on_missed_;
  const base::Clock* const clock_;
  mutable absl::Mutex mutex_;
  std::vector<Verifier> verifiers_ ABSL_GUARDED_BY(mutex_);  // sorted by target
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_CHANNELS_H_

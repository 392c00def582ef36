#ifndef COUNTERSIGN_VERIFIER_SERVING_GRPC_ACCEPTOR_H_
#define COUNTERSIGN_VERIFIER_SERVING_GRPC_ACCEPTOR_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/complaint_tally.h"
#include "base/connection_places.h"
#include "grpcpp/server_builder.h"
#include "verifier/serving/call_listener.h"
#include "verifier/serving/due_times.h"
#include "verifier/serving/event_poller.h"
#include "verifier/serving/listening_sockets.h"
#include "verifier/serving/peer_address.h"
#include "verifier/serving/traffic_watch.h"
#include "verifier/serving/unread_watch.h"

namespace countersign::verifier {

// The port of a gRPC server: accepts connections by the rules of base/connection_places.h, and
// hands each over to gRPC only when its first bytes have come, so that a client that sends nothing
// costs a file descriptor and no more.
//
// How far a connection has got in gRPC's hands is seen from outside: it is known when a call comes on
// it, or when it is still there after the time in which gRPC ends those that have not shown who they
// are (GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, which must be `handshake_timeout`). For that a second
// file descriptor of it is kept. By that it is also seen what comes on it, and who sends more than
// his calls explain is disconnected (traffic_account.h).
//
// Thread-safe, but for Start and StopAccepting, which are for one thread.
class GrpcAcceptor final : public CallListener {
 public:
  struct Options {
    // Two file descriptors each; fewer where the process may not have as many.
    base::ConnectionPlaces::Limits places = {
        .connections = 512, .unanswered = 128, .unanswered_per_source = 64};
    // How long a connection may say nothing, and how long one may wait for its turn after that.
    absl::Duration silence_timeout = absl::Seconds(5);
    absl::Duration handshake_timeout = absl::Seconds(5);
    // How long its other end may take nothing of what is sent to it, and how long for all of what it
    // is sent (unread_watch.h).
    absl::Duration unread_timeout = absl::Seconds(10);
    TrafficAccount::Limits traffic;
    // Must outlive the acceptor.
    const base::Clock* clock = &base::Clock::Real();
  };

  // Listens, and accepts nothing yet. Unavailable if the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<GrpcAcceptor>> Listen(std::string_view address,
                                                              const Options& options);
  // Stops.
  ~GrpcAcceptor() override;

  int port() const { return sockets_.port(); }

  // Starts to accept, for a gRPC server that has been started.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> grpc);

  // Accepts nothing more, and closes what has not been handed over. What has been is gRPC's to end, but
  // goes on being watched.
  void StopAccepting() ABSL_LOCKS_EXCLUDED(mutex_);

  bool CallBegins(const PeerAddress& peer) override ABSL_LOCKS_EXCLUDED(mutex_);
  void CallIsForEverybody(const PeerAddress& peer) override ABSL_LOCKS_EXCLUDED(mutex_);
  void CallExpects(const PeerAddress& peer, int64_t bytes) override ABSL_LOCKS_EXCLUDED(mutex_);
  void CallTakes(const PeerAddress& peer, size_t bytes) override ABSL_LOCKS_EXCLUDED(mutex_);
  void CallWasInVain(const PeerAddress& peer, int64_t bytes) override ABSL_LOCKS_EXCLUDED(mutex_);
  void CallEnds(const PeerAddress& peer) override ABSL_LOCKS_EXCLUDED(mutex_);

  // What is counted has its deadline, too: whoever moves a clock by it in a test is sure of that.
  base::ConnectionPlaces::Counts Count() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return places_.Count();
  }

 private:
  using Id = base::ConnectionPlaces::Id;
  static constexpr Id kNone = std::numeric_limits<Id>::max();
  struct Connection {
    int fd = -1;  // ours: the connection's own, or the second one
    PeerAddress peer;
    bool is_handed_over = false;
    bool is_known = false;
    int calls = 0;
  };

  GrpcAcceptor(ListeningSockets sockets, const Options& options,
               std::unique_ptr<EventPoller> poller);

  void Run();
  void EndThread() ABSL_LOCKS_EXCLUDED(mutex_);
  void Accept(int listening) ABSL_LOCKS_EXCLUDED(mutex_);
  void Admit(int fd, PeerAddress peer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnEvent(Id id, uint32_t events) ABSL_LOCKS_EXCLUDED(mutex_);
  void HandOver(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetKnown(Id id, Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes what has been silent, waiting, or unknown for too long.
  void EndOverdue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes what sends too much, and what does not take what is sent to it.
  void EndUnfair() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The connection that a call came on; kNone if it has gone.
  Id Find(const PeerAddress& peer) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDue(Id id, absl::Duration after) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends one, in gRPC's hands too if it is there.
  void End(Id id, std::string_view why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes our end of one that has left its place already; Leave does both.
  void Close(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  ListeningSockets sockets_;
  const std::unique_ptr<EventPoller> poller_;
  base::ConnectionPlaces places_;
  base::ComplaintTally tally_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> grpc_;

  mutable absl::Mutex mutex_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<Id, Connection> connections_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Id> by_peer_ ABSL_GUARDED_BY(mutex_);
  // Of what has been handed over.
  TrafficWatch traffic_ ABSL_GUARDED_BY(mutex_);
  UnreadWatch unread_ ABSL_GUARDED_BY(mutex_);
  // When silent, waiting and unknown connections are next looked at.
  DueTimes due_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_GRPC_ACCEPTOR_H_

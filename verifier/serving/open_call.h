#ifndef COUNTERSIGN_VERIFIER_SERVING_OPEN_CALL_H_
#define COUNTERSIGN_VERIFIER_SERVING_OPEN_CALL_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "http/server/client_names.h"
#include "verifier/serving/call_backlog.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_listener.h"
#include "verifier/serving/call_watch.h"
#include "verifier/serving/client_rules.h"
#include "verifier/serving/peer_address.h"

namespace countersign::verifier {

// A call from when it has come until it is over, which is when all that it was answered has been sent, its
// status too, or its connection has gone: what it holds meanwhile, and by when its client must have sent and
// taken his part. It holds no thread. Nothing here blocks. For one thread at a time.
class OpenCall {
 public:
  // Where calls come in. All must outlive the call.
  struct Door {
    const ClientRules* clients;
    CallGate* gate;
    CallBacklog* backlog;  // null: as many come as want to
    CallListener* listener;
    CallWatch* reads;
    CallWatch* writes;
  };

  // Who calls, as the connection shows.
  struct Caller {
    http::ClientNames names;
    ClientRights rights;
    CallGate::Client client;
  };

  // `context` must outlive the call, which ends after gRPC has said that it is done.
  OpenCall(grpc::ServerContext* context, const Door& door);
  ~OpenCall();
  OpenCall(const OpenCall&) = delete;
  OpenCall& operator=(const OpenCall&) = delete;

  // First: lets it in, or says why not: Cancelled if it has been reset, ResourceExhausted if there is no
  // room for it.
  absl::Status Enter();

  grpc::ServerContext& context() const { return context_; }
  const Caller& caller() const { return caller_; }
  absl::Time start() const { return start_; }

  // Its message is waited for from now on. What does not come in time ends the call.
  void ExpectMessage();
  // It has come, or will not. Cancelled: not in time, or the call was reset.
  absl::Status TakeMessage(bool has_come, const grpc::ByteBuffer& message);

  // Its answer, or why there is none, is sent from now on. What is not taken in time ends the call.
  void BeginSending();
  // That is over; false: it was not taken in time.
  bool EndSending();

 private:
  // Whether the backlog counts it, and as whose: by what is known before it has come here.
  bool IsCounted() const;
  std::string NameInBacklog() const;
  void ExpectBytes(int64_t bytes);
  void TellOfReset(absl::Time since);

  grpc::ServerContext& context_;
  const Door door_;
  const PeerAddress peer_;
  const absl::Time start_;
  Caller caller_;
  bool is_begun_ = false;        // as the listener was told
  bool was_told_of_ = false;     // that it was in vain, or that its message has come
  int64_t expected_ = 0;         // bytes, as the listener was told
  absl::Time message_expected_;  // since when
  std::atomic<bool> is_late_ = false;
  std::optional<CallBacklog::Turn> turn_;  // while it has no place
  std::optional<CallGate::Claim> place_;
  std::optional<CallWatch::Guard> deadline_;  // of its client
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_OPEN_CALL_H_

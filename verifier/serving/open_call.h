#ifndef COUNTERSIGN_VERIFIER_SERVING_OPEN_CALL_H_
#define COUNTERSIGN_VERIFIER_SERVING_OPEN_CALL_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "http/server/client_names.h"
#include "verifier/serving/call_backlog.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_handler.h"
#include "verifier/serving/call_listener.h"
#include "verifier/serving/call_watch.h"
#include "verifier/serving/client_rules.h"
#include "verifier/serving/peer_address.h"

namespace countersign::verifier {

// A call from when it has a thread until it has none, which is when all that it was answered has been
// sent, its status too, or its connection has gone (call_handler.h): what it holds meanwhile. So whoever
// lets nothing be sent to him has the threads of his own share and no more, whether his calls were
// answered or refused, until his connection is ended (unread_watch.h); but of clients that may ask for
// everybody the refused ones are not counted. Not thread-safe.
class OpenCall {
 public:
  // Where calls come in. All must outlive the call.
  struct Door {
    const ClientRules* clients;
    CallGate* gate;
    CallBacklog* backlog;  // null: as many wait for a thread as want to
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

  OpenCall(grpc::ServerContext* context, const Door& door);
  ~OpenCall();
  OpenCall(const OpenCall&) = delete;
  OpenCall& operator=(const OpenCall&) = delete;

  // First: lets it in, or says why not: Cancelled if it has been reset, ResourceExhausted if there is no
  // room for it.
  absl::Status Enter();

  grpc::ServerContext& context() const { return context_; }
  const Caller& caller() const { return caller_; }

  // Its message, whatever is in it; `since` is when it began to be waited for. Cancelled: it has not
  // come in time, or the call was reset.
  absl::StatusOr<grpc::ByteBuffer> Receive(CallHandler::Stream& stream, absl::Time since);

  // Where the room for its answer is, until that has been sent.
  std::optional<CallGate::Claim>& answer_room() { return answer_room_; }

  // Sends the answer. DeadlineExceeded: it was not read in time, and the call has been ended.
  absl::Status Send(CallHandler::Stream& stream, const grpc::ByteBuffer& answer);

  // Last: but for its status all has been sent. Its place is free for the next where the backlog has room
  // for it, which counts no clients that may ask for everybody.
  void Finish();

 private:
  // Whether the backlog counts it, and as whose: by what is known before it has a thread.
  bool IsCounted() const;
  std::string NameInBacklog() const;
  void TellOfReset(absl::Time since);

  grpc::ServerContext& context_;
  const Door door_;
  const PeerAddress peer_;
  const absl::Time start_;
  Caller caller_;
  bool is_begun_ = false;                  // as the listener was told
  bool is_expected_ = false;               // so was this
  std::optional<CallBacklog::Turn> turn_;  // where it has no place: before and after
  std::optional<CallGate::Claim> place_;
  std::optional<CallGate::Claim> answer_room_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_OPEN_CALL_H_

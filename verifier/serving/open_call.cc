#include "verifier/serving/open_call.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "grpcpp/security/auth_context.h"
#include "proto/limits.h"
#include "verifier/serving/peer_names.h"

namespace countersign::verifier {
namespace {

// What a call takes on its connection beside its message: a head, and frames of the least size.
constexpr size_t kHeadBytes = 1 << 10;
// What gRPC reads of a call before anybody asks for its message: kUnreadBytesPerStream of grpc_server.cc,
// and a head.
constexpr int64_t kBytesReadAhead = 6 << 10;
// What is held against whoever makes calls in vain, which cost a thread each: those that are over before
// they were read, and those of clients that may ask nothing.
constexpr int64_t kBytesOfReset = 2 << 10;
constexpr int64_t kBytesOfForbidden = 1 << 10;
// After so long it was not the client who gave up.
constexpr absl::Duration kLongWait = absl::Seconds(1);

// What has come for a call that has been read: its head as RFC 9113 (6.5.2) counts it, its message, and
// the least frames and TLS records that those may have come in.
size_t BytesOf(const grpc::ServerContext& context, const grpc::ByteBuffer& message) {
  size_t bytes = kHeadBytes + message.Length() + message.Length() / 64;
  for (const auto& [name, value] : context.client_metadata()) {
    bytes += name.size() + value.size() + 32;
  }
  return bytes;
}

OpenCall::Caller Identify(const ClientRules& clients, const grpc::ServerContext& context,
                          const PeerAddress& peer) {
  OpenCall::Caller caller;
  caller.names = PeerNames(*context.auth_context());
  caller.rights = clients.RightsOf(clients.empty() ? http::ClientNames() : caller.names);
  caller.client = {.name = PeerName(caller.names, peer.address),
                   .is_for_everybody = caller.rights.CoversAll()};
  return caller;
}

}  // namespace

OpenCall::OpenCall(grpc::ServerContext* context, const Door& door)
    : context_(*context),
      door_(door),
      peer_(ParsePeer(context->peer())),
      start_(absl::Now()),
      caller_(Identify(*door.clients, *context, peer_)) {}

OpenCall::~OpenCall() {
  if (is_begun_) door_.listener->CallEnds(peer_);
}

bool OpenCall::IsCounted() const {
  return door_.backlog != nullptr && !caller_.client.is_for_everybody;
}

std::string OpenCall::NameInBacklog() const { return PeerName(caller_.names, ""); }

absl::Status OpenCall::Enter() {
  const CallGate::Client& client = caller_.client;
  if (IsCounted()) turn_.emplace(door_.backlog->Begin(NameInBacklog()));
  is_begun_ = door_.listener->CallBegins(peer_);
  if (!is_begun_) return absl::CancelledError("the call's connection has gone");
  if (client.is_for_everybody) door_.listener->CallIsForEverybody(peer_);
  // It asks nothing, whatever it was.
  if (context_.IsCancelled()) {
    TellOfReset(start_);
    return absl::CancelledError("the call was cancelled");
  }
  CS_ASSIGN_OR_RETURN(place_, door_.gate->EnterCall(client));
  turn_.reset();
  if (!caller_.rights.may_ask) door_.listener->CallWasInVain(peer_, kBytesOfForbidden);
  is_expected_ = true;
  door_.listener->CallExpects(peer_, kBytesReadAhead);
  return absl::OkStatus();
}

absl::StatusOr<grpc::ByteBuffer> OpenCall::Receive(CallHandler::Stream& stream, absl::Time since) {
  // Of one that is too large, too, all is read.
  constexpr int64_t kMost = v1::kMaxPolicyMessageBytes;
  door_.listener->CallExpects(peer_, kMost);
  const absl::Cleanup no_longer = [this] { door_.listener->CallExpects(peer_, -kMost); };
  grpc::ByteBuffer bytes;
  bool has_come = false;
  {
    const CallWatch::Guard guard = door_.reads->Watch([this] { context_.TryCancel(); });
    has_come = stream.Read(&bytes);
  }
  // What was reset is no question, even if its message came.
  if (!has_come || context_.IsCancelled()) {
    TellOfReset(since);
    return absl::CancelledError("the call's message did not come");
  }
  door_.listener->CallTakes(peer_, BytesOf(context_, bytes));
  return bytes;
}

absl::Status OpenCall::Send(CallHandler::Stream& stream, const grpc::ByteBuffer& answer) {
  std::atomic<bool> is_late = false;
  // Where only this answer is not read, that lets its status through; where nothing is, nothing does.
  const CallWatch::Guard guard = door_.writes->Watch([this, &is_late] {
    is_late = true;
    context_.TryCancel();
  });
  // False where the client has gone, too.
  if (!stream.Write(answer) && is_late) {
    return absl::DeadlineExceededError("the answer was not read in time");
  }
  return absl::OkStatus();
}

void OpenCall::Finish() {
  if (std::exchange(is_expected_, false)) door_.listener->CallExpects(peer_, -kBytesReadAhead);
  if (!place_.has_value() || !IsCounted()) return;
  std::optional<CallBacklog::Turn> turn = door_.backlog->TryHold(NameInBacklog());
  if (!turn.has_value()) return;
  turn_.emplace(*std::move(turn));
  place_.reset();
}

// Of a call that was over before its message was read. That is our doing if it has waited for long; by
// when it wanted its answer is its client's.
void OpenCall::TellOfReset(absl::Time since) {
  if (absl::Now() - since < kLongWait) door_.listener->CallWasInVain(peer_, kBytesOfReset);
}

}  // namespace countersign::verifier

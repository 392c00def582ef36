#include "verifier/serving/open_call.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

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
// Of a message that is too large, too, all is read.
constexpr int64_t kMostMessageBytes = v1::kMaxPolicyMessageBytes;
// What is held against whoever makes calls in vain: those that are over before they were read, and those of
// clients that may ask nothing. Each costs gRPC some 100 us and 10 KB.
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
      caller_(Identify(*door.clients, *context, peer_)) {
  if (IsCounted()) turn_.emplace(door_.backlog->Begin(NameInBacklog()));
}

OpenCall::~OpenCall() {
  if (!is_begun_) return;
  // It asked nothing, whatever it was refused for meanwhile.
  if (!was_told_of_ && context_.IsCancelled()) TellOfReset(start_);
  ExpectBytes(0);
  door_.listener->CallEnds(peer_);
}

bool OpenCall::IsCounted() const {
  return door_.backlog != nullptr && !caller_.client.is_for_everybody;
}

std::string OpenCall::NameInBacklog() const { return PeerName(caller_.names, ""); }

absl::Status OpenCall::Enter() {
  const CallGate::Client& client = caller_.client;
  is_begun_ = door_.listener->CallBegins(peer_);
  if (!is_begun_) return absl::CancelledError("the call's connection has gone");
  if (client.is_for_everybody) door_.listener->CallIsForEverybody(peer_);
  if (context_.IsCancelled()) return absl::CancelledError("the call was cancelled");
  CS_ASSIGN_OR_RETURN(place_, door_.gate->EnterCall(client));
  turn_.reset();
  if (!caller_.rights.may_ask) {
    was_told_of_ = true;
    door_.listener->CallWasInVain(peer_, kBytesOfForbidden);
  }
  ExpectBytes(kBytesReadAhead);
  return absl::OkStatus();
}

void OpenCall::ExpectMessage() {
  message_expected_ = absl::Now();
  ExpectBytes(kBytesReadAhead + kMostMessageBytes);
  deadline_.emplace(door_.reads->Watch([this] { context_.TryCancel(); }));
}

absl::Status OpenCall::TakeMessage(bool has_come, const grpc::ByteBuffer& message) {
  deadline_.reset();
  was_told_of_ = true;
  ExpectBytes(kBytesReadAhead);
  // What was reset is no question, even if its message came.
  if (!has_come || context_.IsCancelled()) {
    TellOfReset(message_expected_);
    return absl::CancelledError("the call's message did not come");
  }
  door_.listener->CallTakes(peer_, BytesOf(context_, message));
  return absl::OkStatus();
}

void OpenCall::BeginSending() {
  deadline_.emplace(door_.writes->Watch([this] {
    is_late_ = true;
    context_.TryCancel();
  }));
}

bool OpenCall::EndSending() {
  deadline_.reset();
  return !is_late_;
}

void OpenCall::ExpectBytes(int64_t bytes) {
  const int64_t more = bytes - std::exchange(expected_, bytes);
  if (more != 0) door_.listener->CallExpects(peer_, more);
}

// Of a call that was over before its message was read. That is our doing if it has waited for long; by
// when it wanted its answer is its client's.
void OpenCall::TellOfReset(absl::Time since) {
  if (absl::Now() - since < kLongWait) door_.listener->CallWasInVain(peer_, kBytesOfReset);
}

}  // namespace countersign::verifier

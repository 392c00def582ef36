#include "verifier/serving/grpc_acceptor.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "absl/time/clock.h"
#include "base/log.h"
#include "base/open_files.h"
#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

// How often it is seen who is overdue, and what there is to be told; and, while anybody is connected,
// who sends too much: before much has been made of it.
constexpr int kTickMs = 250;
constexpr int kFloodTickMs = 20;
constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);
// After gRPC's own time; it looks at its clock by itself.
constexpr absl::Duration kGrace = absl::Seconds(1);

// What an event is about: a connection's id, or this and a file descriptor.
constexpr uint64_t kListening = uint64_t{1} << 63;

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcAcceptor>> GrpcAcceptor::Listen(std::string_view address,
                                                                   const Options& options) {
  CS_ASSIGN_OR_RETURN(ListeningSockets sockets,
                      ListeningSockets::Open(address, options.unread_timeout));
  CS_ASSIGN_OR_RETURN(std::unique_ptr<EventPoller> poller, EventPoller::Make());
  Options limited = options;
  limited.places.connections = base::AllowOpenConnections(2 * options.places.connections) / 2;
  return std::unique_ptr<GrpcAcceptor>(
      new GrpcAcceptor(std::move(sockets), limited, std::move(poller)));
}

GrpcAcceptor::GrpcAcceptor(ListeningSockets sockets, const Options& options,
                           std::unique_ptr<EventPoller> poller)
    : options_(options),
      sockets_(std::move(sockets)),
      poller_(std::move(poller)),
      places_(options.places),
      tally_(options.clock),
      traffic_(options.traffic),
      unread_(options.unread_timeout) {}

GrpcAcceptor::~GrpcAcceptor() {
  EndThread();
  absl::MutexLock lock(&mutex_);
  while (!connections_.empty()) Close(connections_.begin()->first);
}

void GrpcAcceptor::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> grpc) {
  grpc_ = std::move(grpc);
  for (const int fd : sockets_.fds()) {
    poller_->Watch(fd, kListening | static_cast<uint64_t>(fd), EPOLLIN);
  }
  thread_ = std::thread([this] { Run(); });
}

void GrpcAcceptor::StopAccepting() {
  EndThread();
  sockets_.Close();
  absl::MutexLock lock(&mutex_);
  const auto connections = connections_;
  for (const auto& [id, connection] : connections) {
    if (connection.is_handed_over) continue;
    places_.Leave(id);
    Close(id);
  }
  is_stopping_ = false;
  thread_ = std::thread([this] { Run(); });
}

void GrpcAcceptor::EndThread() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  if (!thread_.joinable()) return;
  poller_->Wake();
  thread_.join();
}

void GrpcAcceptor::Run() {
  int tick_ms = kTickMs;
  while (true) {
    const std::vector<EventPoller::Event> events = poller_->Wait(tick_ms);
    {
      absl::MutexLock lock(&mutex_);
      if (is_stopping_) return;
    }
    for (const auto& [about, what] : events) {
      if (about & kListening) {
        Accept(static_cast<int>(about & ~kListening));
      } else {
        OnEvent(about, what);
      }
    }
    {
      absl::MutexLock lock(&mutex_);
      EndOverdue();
      EndUnfair();
      tick_ms = traffic_.IsIdle() ? kTickMs : kFloodTickMs;
    }
    if (const std::optional<base::LogFields> fields = tally_.Take()) {
      base::LogWarning("verifier", "Connections were closed that asked nothing, or too much.",
                       *fields);
    }
  }
}

void GrpcAcceptor::Accept(int listening) {
  while (true) {
    auto accepted = ListeningSockets::Accept(listening);
    if (!accepted.ok()) {
      // Trying again at once would keep the thread busy with nothing.
      tally_.Add("not_accepted", "");
      absl::SleepFor(kAcceptPause);
      return;
    }
    if (!accepted->has_value()) return;
    absl::MutexLock lock(&mutex_);
    Admit((*accepted)->fd, std::move((*accepted)->peer));
  }
}

void GrpcAcceptor::Admit(int fd, PeerAddress peer) {
  const base::ConnectionPlaces::Entry entry =
      traffic_.Admits(peer.address) ? places_.Enter(peer.address) : base::ConnectionPlaces::Entry();
  if (entry.makes_room.has_value()) {
    if (const auto found = connections_.find(*entry.makes_room); found != connections_.end()) {
      tally_.Add("made_room", found->second.peer.address);
      if (found->second.is_handed_over) TrafficWatch::Disconnect(found->second.fd);
      Close(*entry.makes_room);
    }
  }
  if (!entry.id.has_value()) {
    tally_.Add("turned_away", peer.address);
    close(fd);
    return;
  }
  by_peer_[peer.Key()] = *entry.id;
  Connection& connection = connections_[*entry.id];
  connection.fd = fd;
  connection.peer = std::move(peer);
  SetDue(*entry.id, options_.silence_timeout);
  poller_->Watch(fd, *entry.id, EPOLLIN | EPOLLRDHUP);
}

void GrpcAcceptor::OnEvent(Id id, uint32_t events) {
  absl::MutexLock lock(&mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return Leave(id);
  // Its other end sends nothing more. gRPC ends it once what it is writing there is taken, and until then
  // it is watched.
  if (connection.is_handed_over) return poller_->Change(connection.fd, id, 0);
  char byte;
  const bool has_bytes = (events & EPOLLIN) != 0 && recv(connection.fd, &byte, 1, MSG_PEEK) > 0;
  if (!has_bytes) return Leave(id);
  if (places_.Begin(id)) return HandOver(id);
  // It waits for its turn, with what it has sent in the kernel's hands.
  poller_->Change(connection.fd, id, EPOLLRDHUP);
  SetDue(id, options_.silence_timeout);
}

void GrpcAcceptor::HandOver(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  const int second = fcntl(connection.fd, F_DUPFD_CLOEXEC, 0);
  if (second < 0) return Leave(id);
  poller_->Forget(connection.fd);
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters handed;
  handed.fd = connection.fd;
  connection.fd = second;
  connection.is_handed_over = true;
  SetDue(id, options_.handshake_timeout + kGrace);
  traffic_.Add(id, second, connection.peer.address, options_.clock->Now());
  unread_.Add(id, second);
  grpc_->HandleNewConnection(&handed);
  poller_->Watch(second, id, EPOLLRDHUP);
}

void GrpcAcceptor::SetKnown(Id id, Connection& connection) {
  connection.is_known = true;
  due_.Forget(id);
  const std::optional<Id> next = places_.SetKnown(id);
  if (connection.calls == 0) places_.SetIdle(id, true);
  if (next.has_value()) HandOver(*next);
}

void GrpcAcceptor::EndOverdue() {
  const absl::Time now = options_.clock->Now();
  while (const std::optional<Id> due = due_.Take(now)) {
    Connection& connection = connections_.at(*due);
    if (!connection.is_handed_over) {
      End(*due, "silent");
    } else {
      // gRPC has not ended it, so it has shown who it is.
      SetKnown(*due, connection);
    }
  }
}

void GrpcAcceptor::EndUnfair() {
  const absl::Time now = options_.clock->Now();
  for (const Id id : traffic_.Look(now)) End(id, "sent_too_much");
  for (const Id id : unread_.Look(now)) End(id, "unread");
}

GrpcAcceptor::Id GrpcAcceptor::Find(const PeerAddress& peer) const {
  const auto found = by_peer_.find(peer.Key());
  return found == by_peer_.end() ? kNone : found->second;
}

bool GrpcAcceptor::CallBegins(const PeerAddress& peer) {
  absl::MutexLock lock(&mutex_);
  const Id id = Find(peer);
  if (id == kNone) return false;
  Connection& connection = connections_.at(id);
  if (connection.calls++ == 0 && connection.is_known) places_.SetIdle(id, false);
  if (!connection.is_known) SetKnown(id, connection);
  return true;
}

void GrpcAcceptor::CallIsForEverybody(const PeerAddress& peer) {
  absl::MutexLock lock(&mutex_);
  traffic_.SetForEverybody(Find(peer));
}

void GrpcAcceptor::CallExpects(const PeerAddress& peer, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  traffic_.Expect(Find(peer), bytes);
}

void GrpcAcceptor::CallTakes(const PeerAddress& peer, size_t bytes) {
  absl::MutexLock lock(&mutex_);
  traffic_.Explain(Find(peer), static_cast<int64_t>(bytes));
}

void GrpcAcceptor::CallWasInVain(const PeerAddress& peer, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  // At once: a thousand more may be in the way.
  if (traffic_.Charge(Find(peer), bytes, options_.clock->Now())) EndUnfair();
}

void GrpcAcceptor::CallEnds(const PeerAddress& peer) {
  absl::MutexLock lock(&mutex_);
  const Id id = Find(peer);
  if (id == kNone) return;
  Connection& connection = connections_.at(id);
  // Not that of another connection from the same port.
  if (connection.calls == 0) return;
  if (--connection.calls == 0) places_.SetIdle(id, true);
}

void GrpcAcceptor::SetDue(Id id, absl::Duration after) {
  due_.Set(id, options_.clock->Now() + after);
}

void GrpcAcceptor::Close(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Connection& connection = found->second;
  unread_.Remove(id);
  // What it has sent goes with it, too, if that was too much.
  if (traffic_.Remove(id, options_.clock->Now())) TrafficWatch::Disconnect(connection.fd);
  due_.Forget(id);
  const auto by_peer = by_peer_.find(connection.peer.Key());
  if (by_peer != by_peer_.end() && by_peer->second == id) by_peer_.erase(by_peer);
  // By name: gRPC's own file descriptor would keep it watched.
  poller_->Forget(connection.fd);
  close(connection.fd);
  connections_.erase(found);
}

void GrpcAcceptor::End(Id id, std::string_view why) {
  const Connection& connection = connections_.at(id);
  tally_.Add(why, connection.peer.address);
  if (connection.is_handed_over) TrafficWatch::Disconnect(connection.fd);
  Leave(id);
}

void GrpcAcceptor::Leave(Id id) {
  const std::optional<Id> next = places_.Leave(id);
  Close(id);
  if (next.has_value()) HandOver(*next);
}

}  // namespace countersign::verifier

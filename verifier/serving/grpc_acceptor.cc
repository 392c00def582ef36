#include "verifier/serving/grpc_acceptor.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
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
// A head, and what gRPC reads of a call's message before anybody asks for it (server.cc).
constexpr int64_t kUnreadBytesOfCall = 34 << 10;
// For everything else that the process has open.
constexpr size_t kOtherFiles = 256;

// What an event is about: a connection's id, or one of these and a file descriptor.
constexpr uint64_t kListening = uint64_t{1} << 63;
constexpr uint64_t kWake = uint64_t{1} << 62;

GrpcAcceptor::Options WithinFileLimit(GrpcAcceptor::Options options) {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return options;
  const size_t most = std::min<size_t>(files.rlim_cur, 1 << 20);
  const size_t ours = most > 2 * kOtherFiles ? (most - kOtherFiles) / 2 : most / 4;
  options.places.connections = std::min(options.places.connections, ours);
  return options;
}

void WatchFile(int epoll, int operation, int fd, uint64_t about, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = about;
  epoll_ctl(epoll, operation, fd, &event);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcAcceptor>> GrpcAcceptor::Listen(std::string_view address,
                                                                   const Options& options) {
  CS_ASSIGN_OR_RETURN(ListeningSockets sockets, ListeningSockets::Open(address));
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll < 0 || wake < 0) {
    if (epoll >= 0) close(epoll);
    if (wake >= 0) close(wake);
    return absl::UnavailableError(absl::StrCat("no file descriptors: ", std::strerror(errno)));
  }
  return std::unique_ptr<GrpcAcceptor>(
      new GrpcAcceptor(std::move(sockets), WithinFileLimit(options), epoll, wake));
}

GrpcAcceptor::GrpcAcceptor(ListeningSockets sockets, const Options& options, int epoll, int wake)
    : options_(options),
      sockets_(std::move(sockets)),
      epoll_(epoll),
      wake_(wake),
      places_(options.places),
      tally_(options.clock),
      traffic_(options.traffic) {}

GrpcAcceptor::~GrpcAcceptor() {
  Stop();
  close(epoll_);
  close(wake_);
}

void GrpcAcceptor::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> grpc) {
  grpc_ = std::move(grpc);
  WatchFile(epoll_, EPOLL_CTL_ADD, wake_, kWake, EPOLLIN);
  for (const int fd : sockets_.fds()) {
    WatchFile(epoll_, EPOLL_CTL_ADD, fd, kListening | static_cast<uint64_t>(fd), EPOLLIN);
  }
  thread_ = std::thread([this] { Run(); });
}

void GrpcAcceptor::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  if (thread_.joinable()) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
    thread_.join();
  }
  sockets_.Close();
  absl::MutexLock lock(&mutex_);
  while (!connections_.empty()) Close(connections_.begin()->first);
}

void GrpcAcceptor::Run() {
  std::array<epoll_event, 64> events;
  int tick_ms = kTickMs;
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), tick_ms);
    {
      absl::MutexLock lock(&mutex_);
      if (is_stopping_) return;
      tick_ms = traffic_.IsIdle() ? kTickMs : kFloodTickMs;
    }
    for (int i = 0; i < count; ++i) {
      const uint64_t about = events[i].data.u64;
      if (about & kListening) {
        Accept(static_cast<int>(about & ~kListening));
      } else {
        OnEvent(about, events[i].events);
      }
    }
    EndOverdue();
    EndFloods();
    if (const std::optional<base::LogFields> fields = tally_.Take()) {
      base::LogWarning("verifier", "Connections were closed that asked nothing, or too much.",
                       *fields);
    }
  }
}

void GrpcAcceptor::Accept(int listening) {
  while (true) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    const int fd = accept4(listening, reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      absl::MutexLock lock(&mutex_);
      Admit(fd, PeerOf(address));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      // Such as no file descriptors left: trying again at once would keep the thread busy with
      // nothing.
      tally_.Add("not_accepted", "");
      absl::SleepFor(kAcceptPause);
    }
    return;
  }
}

void GrpcAcceptor::Admit(int fd, PeerAddress peer) {
  if (!traffic_.Admits(peer.address)) {
    tally_.Add("turned_away", peer.address);
    close(fd);
    return;
  }
  const base::ConnectionPlaces::Entry entry = places_.Enter(peer.address);
  if (entry.makes_room.has_value()) {
    if (const auto found = connections_.find(*entry.makes_room); found != connections_.end()) {
      tally_.Add("made_room", found->second.peer.address);
      if (found->second.is_handed_over) shutdown(found->second.fd, SHUT_RDWR);
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
  SetDue(*entry.id, connection, options_.silence_timeout);
  WatchFile(epoll_, EPOLL_CTL_ADD, fd, *entry.id, EPOLLIN | EPOLLRDHUP);
}

void GrpcAcceptor::OnEvent(Id id, uint32_t events) {
  absl::MutexLock lock(&mutex_);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  char byte;
  const bool has_bytes = !connection.is_handed_over && (events & EPOLLIN) != 0 &&
                         recv(connection.fd, &byte, 1, MSG_PEEK) > 0;
  if (!has_bytes || (events & (EPOLLHUP | EPOLLERR)) != 0) return Leave(id);
  if (places_.Begin(id)) return HandOver(id);
  // It waits for its turn, with what it has sent in the kernel's hands.
  WatchFile(epoll_, EPOLL_CTL_MOD, connection.fd, id, EPOLLRDHUP);
  SetDue(id, connection, options_.silence_timeout);
}

void GrpcAcceptor::HandOver(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  const int second = fcntl(connection.fd, F_DUPFD_CLOEXEC, 0);
  if (second < 0) return Leave(id);
  WatchFile(epoll_, EPOLL_CTL_DEL, connection.fd, id, 0);
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters handed;
  handed.fd = connection.fd;
  connection.fd = second;
  connection.is_handed_over = true;
  SetDue(id, connection, options_.handshake_timeout + kGrace);
  traffic_.Add(id, second, connection.peer.address, options_.clock->Now());
  grpc_->HandleNewConnection(&handed);
  WatchFile(epoll_, EPOLL_CTL_ADD, second, id, EPOLLRDHUP);
}

void GrpcAcceptor::SetKnown(Id id, Connection& connection) {
  connection.is_known = true;
  due_.erase({connection.due, id});
  const std::optional<Id> next = places_.SetKnown(id);
  if (connection.calls == 0) places_.SetIdle(id, true);
  if (next.has_value()) HandOver(*next);
}

void GrpcAcceptor::EndOverdue() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = options_.clock->Now();
  while (!due_.empty() && due_.begin()->first <= now) {
    const Id id = due_.begin()->second;
    Connection& connection = connections_.at(id);
    if (connection.is_handed_over) {
      // gRPC has not ended it, so it has shown who it is.
      SetKnown(id, connection);
    } else {
      tally_.Add("silent", connection.peer.address);
      Leave(id);
    }
  }
}

void GrpcAcceptor::EndFloods() {
  absl::MutexLock lock(&mutex_);
  for (const Id id : traffic_.Look(options_.clock->Now())) {
    const Connection& connection = connections_.at(id);
    tally_.Add("sent_too_much", connection.peer.address);
    // gRPC has a file descriptor of its own.
    shutdown(connection.fd, SHUT_RDWR);
    Leave(id);
  }
}

void GrpcAcceptor::CallBegins(const PeerAddress& peer) {
  absl::MutexLock lock(&mutex_);
  traffic_.Expect(peer.address, kUnreadBytesOfCall);
  const auto id = by_peer_.find(peer.Key());
  if (id == by_peer_.end()) return;
  Connection& connection = connections_.at(id->second);
  if (connection.calls++ == 0 && connection.is_known) places_.SetIdle(id->second, false);
  if (!connection.is_known) SetKnown(id->second, connection);
}

void GrpcAcceptor::CallExpects(const PeerAddress& peer, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  traffic_.Expect(peer.address, bytes);
}

void GrpcAcceptor::CallTakes(const PeerAddress& peer, size_t bytes, bool is_for_everybody) {
  absl::MutexLock lock(&mutex_);
  traffic_.Explain(peer.address, static_cast<int64_t>(bytes), is_for_everybody);
}

void GrpcAcceptor::CallEnds(const PeerAddress& peer) {
  absl::MutexLock lock(&mutex_);
  traffic_.Expect(peer.address, -kUnreadBytesOfCall);
  const auto id = by_peer_.find(peer.Key());
  if (id == by_peer_.end()) return;
  Connection& connection = connections_.at(id->second);
  // Not that of another connection from the same port.
  if (connection.calls == 0) return;
  if (--connection.calls == 0) places_.SetIdle(id->second, true);
}

void GrpcAcceptor::SetDue(Id id, Connection& connection, absl::Duration after) {
  due_.erase({connection.due, id});
  connection.due = options_.clock->Now() + after;
  due_.insert({connection.due, id});
}

void GrpcAcceptor::Close(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Connection& connection = found->second;
  traffic_.Remove(id);
  if (!connection.is_known) due_.erase({connection.due, id});
  const auto by_peer = by_peer_.find(connection.peer.Key());
  if (by_peer != by_peer_.end() && by_peer->second == id) by_peer_.erase(by_peer);
  // By name: gRPC's own file descriptor would keep it watched.
  WatchFile(epoll_, EPOLL_CTL_DEL, connection.fd, id, 0);
  close(connection.fd);
  connections_.erase(found);
}

void GrpcAcceptor::Leave(Id id) {
  const std::optional<Id> next = places_.Leave(id);
  Close(id);
  if (next.has_value()) HandOver(*next);
}

}  // namespace countersign::verifier

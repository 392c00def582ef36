#include "verifier/serving/listening_sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

// Of what a connection has sent and nobody has read; the kernel doubles it. It is what comes of a flood
// before it is seen, on each connection, and what is read of it in one go.
constexpr int kUnreadBytes = 32 << 10;
// Of what is sent to one and has not been taken, in the same way. By itself the kernel keeps up to 4 MiB
// for whoever reads nothing.
constexpr int kUnsentBytes = 128 << 10;

struct ListenAddress {
  std::string host;  // without brackets; "" is any address
  int port;
};

absl::StatusOr<ListenAddress> Split(std::string_view text) {
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(absl::string_view(text.data() + colon + 1, text.size() - colon - 1),
                        &port) ||
      port < 0 || port > 65535) {
    return absl::UnavailableError("it does not end in a colon and a port");
  }
  absl::string_view host(text.data(), colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return ListenAddress{std::string(host), port};
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::StatusOr<Addresses> Resolve(const ListenAddress& at) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int fault = getaddrinfo(at.host.empty() ? nullptr : at.host.c_str(),
                                absl::StrCat(at.port).c_str(), &hints, &found);
  if (fault != 0) return absl::UnavailableError(gai_strerror(fault));
  return Addresses(found, &freeaddrinfo);
}

absl::Status Failure(std::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

// One socket; -1 is none, and errno says why.
int Listen(const sockaddr* address, socklen_t size, bool is_dual, absl::Duration unread_timeout) {
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  const int v6_only = is_dual ? 0 : 1;
  const auto unread_ms = static_cast<unsigned>(absl::ToInt64Milliseconds(unread_timeout));
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // What is accepted inherits these.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kUnreadBytes, sizeof(kUnreadBytes));
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kUnsentBytes, sizeof(kUnsentBytes));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_ms, sizeof(unread_ms));
  if (address->sa_family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
  }
  if (bind(fd, address, size) == 0 && listen(fd, SOMAXCONN) == 0) return fd;
  const int fault = errno;
  close(fd);
  errno = fault;
  return -1;
}

int PortOf(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

absl::StatusOr<ListeningSockets> ListeningSockets::Open(std::string_view address,
                                                        absl::Duration unread_timeout) {
  CS_ASSIGN_OR_RETURN(const ListenAddress at, Split(address));
  ListeningSockets sockets;
  if (at.host.empty() || at.host == "0.0.0.0" || at.host == "::") {
    sockaddr_in6 any = {};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(static_cast<uint16_t>(at.port));
    const int fd = Listen(reinterpret_cast<const sockaddr*>(&any), sizeof(any), /*is_dual=*/true,
                          unread_timeout);
    if (fd >= 0) {
      sockets.fds_.push_back(fd);
      sockets.port_ = PortOf(fd);
      return sockets;
    }
  }
  CS_ASSIGN_OR_RETURN(const Addresses addresses, Resolve(at));
  absl::Status failure = absl::UnavailableError("it has no address");
  for (const addrinfo* found = addresses.get(); found != nullptr; found = found->ai_next) {
    // All on the port that the first one got.
    if (sockets.port_ != 0 && found->ai_family == AF_INET6) {
      reinterpret_cast<sockaddr_in6*>(found->ai_addr)->sin6_port =
          htons(static_cast<uint16_t>(sockets.port_));
    } else if (sockets.port_ != 0 && found->ai_family == AF_INET) {
      reinterpret_cast<sockaddr_in*>(found->ai_addr)->sin_port =
          htons(static_cast<uint16_t>(sockets.port_));
    }
    const int fd = Listen(found->ai_addr, found->ai_addrlen, /*is_dual=*/false, unread_timeout);
    if (fd < 0) {
      failure = Failure("the address cannot be bound");
      continue;
    }
    sockets.fds_.push_back(fd);
    sockets.port_ = PortOf(fd);
  }
  if (sockets.fds_.empty()) return failure;
  return sockets;
}

absl::StatusOr<std::optional<ListeningSockets::Accepted>> ListeningSockets::Accept(int listening) {
  while (true) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    const int fd = accept4(listening, reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) return Accepted{.fd = fd, .peer = PeerOf(address)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR && errno != ECONNABORTED) return Failure("it cannot be accepted");
  }
}

void ListeningSockets::Close() {
  for (const int fd : fds_) close(fd);
  fds_.clear();
}

}  // namespace countersign::verifier

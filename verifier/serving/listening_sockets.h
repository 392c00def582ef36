#ifndef COUNTERSIGN_VERIFIER_SERVING_LISTENING_SOCKETS_H_
#define COUNTERSIGN_VERIFIER_SERVING_LISTENING_SOCKETS_H_

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/serving/peer_address.h"

namespace countersign::verifier {

// Sockets that listen on one port, of each address that a host's name has. Closed in the end.
class ListeningSockets {
 public:
  // `address` is HOST:PORT: an IP address (of version 6 in brackets), or a name; port 0 picks a free
  // one. The addresses that stand for every address, 0.0.0.0 and [::], mean both versions, where the
  // machine has both. Unavailable, saying why, for any other text, and if no address can be bound.
  // Connections whose other end takes nothing for so long of what is sent to it are ended by the kernel
  // (TCP_USER_TIMEOUT, tcp(7)).
  static absl::StatusOr<ListeningSockets> Open(std::string_view address,
                                               absl::Duration unread_timeout);

  ListeningSockets() = default;
  ~ListeningSockets() { Close(); }
  ListeningSockets(ListeningSockets&& other) noexcept { *this = std::move(other); }
  ListeningSockets& operator=(ListeningSockets&& other) noexcept {
    fds_.swap(other.fds_);
    std::swap(port_, other.port_);
    return *this;
  }

  void Close();

  // Non-blocking.
  const std::vector<int>& fds() const { return fds_; }

  // The next connection that has come to one of `fds`: non-blocking, its receiver's to close. nullopt:
  // none has. Unavailable: what has come could not be accepted, as by a process with no file
  // descriptors left; it waits.
  struct Accepted {
    int fd;
    PeerAddress peer;
  };
  static absl::StatusOr<std::optional<Accepted>> Accept(int listening);

  int port() const { return port_; }

 private:
  std::vector<int> fds_;
  int port_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_LISTENING_SOCKETS_H_

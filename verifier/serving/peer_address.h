#ifndef COUNTERSIGN_VERIFIER_SERVING_PEER_ADDRESS_H_
#define COUNTERSIGN_VERIFIER_SERVING_PEER_ADDRESS_H_

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace countersign::verifier {

// The other end of a connection.
struct PeerAddress {
  // "192.0.2.1", "2001:db8::1"; an IPv4 address that came by an IPv6 socket reads as IPv4, a link-local
  // one without its zone. What is no address, such as "unix:", as it is.
  std::string address;
  int port = 0;

  // The same exactly for equal peers.
  std::string Key() const;
};

// Reads what gRPC calls a peer (grpc::ServerContext::peer): "ipv4:192.0.2.1:4711",
// "ipv6:[2001:db8::1]:4711", with the brackets percent-encoded or not.
PeerAddress ParsePeer(std::string_view peer);

// Of a connection, as accept(2) gives it.
PeerAddress PeerOf(const sockaddr_storage& address);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_PEER_ADDRESS_H_

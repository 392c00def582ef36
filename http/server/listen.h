#ifndef COUNTERSIGN_HTTP_SERVER_LISTEN_H_
#define COUNTERSIGN_HTTP_SERVER_LISTEN_H_

#include <string>

#include "absl/status/status.h"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"

namespace countersign::http {

// Makes `acceptor` listen on an address as flags write it:
//   192.0.2.1:8443      an IPv4 address and a port; port 0 picks a free one
//   [2001:db8::1]:8443  an IPv6 address; [::] is every address, IPv4 ones included
//   :8443               every address: as [::] where this machine has IPv6, else as 0.0.0.0
// InvalidArgument says what is wrong with the address, Unavailable why the port cannot be had.
absl::Status Listen(const std::string& address, boost::asio::ip::tcp::acceptor* acceptor);

// "192.0.2.1", "2001:db8::1"; an IPv4 address that is written as an IPv6 one, as an IPv6 socket sees
// clients of IPv4, reads as IPv4.
std::string AddressText(const boost::asio::ip::address& address);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_LISTEN_H_

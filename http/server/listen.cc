#include "http/server/listen.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "boost/asio/ip/v6_only.hpp"
#include "boost/system/error_code.hpp"

namespace countersign::http {
namespace {

namespace ip = boost::asio::ip;
using Tcp = ip::tcp;
using Error = boost::system::error_code;

// The places to listen, of which the first that there is will do.
absl::StatusOr<std::vector<Tcp::endpoint>> ParseListenAddress(const std::string& text) {
  const auto refused = [&text](std::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("cannot listen on ", text, ": ", why));
  };
  const size_t colon = text.rfind(':');
  uint32_t number = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &number) ||
      number > 65535) {
    return refused("it does not end in a colon and a port");
  }
  const auto port = static_cast<uint16_t>(number);
  std::string host = text.substr(0, colon);
  if (host.empty()) return std::vector{Tcp::endpoint(Tcp::v6(), port), {Tcp::v4(), port}};
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  Error error;
  const ip::address address = ip::make_address(host, error);
  if (error || address.is_v6() != bracketed) {
    return refused(
        "it is not an IP address and a port, such as 127.0.0.1:8443, [::1]:8443 or :8443");
  }
  return std::vector{Tcp::endpoint(address, port)};
}

Error ListenOn(const Tcp::endpoint& endpoint, Tcp::acceptor& acceptor) {
  Error error;
  if (acceptor.is_open()) acceptor.close(error);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) acceptor.set_option(ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(Tcp::acceptor::max_listen_connections, error);
  return error;
}

}  // namespace

absl::Status Listen(const std::string& address, Tcp::acceptor* acceptor) {
  CS_ASSIGN_OR_RETURN(const std::vector<Tcp::endpoint> endpoints, ParseListenAddress(address));
  Error error;
  for (const Tcp::endpoint& endpoint : endpoints) {
    error = ListenOn(endpoint, *acceptor);
    // A port that is taken is no want of IPv6: the other half of it would be somebody else's.
    if (!error || error == boost::asio::error::address_in_use) break;
  }
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", error.message()));
}

std::string AddressText(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace countersign::http

#ifndef COUNTERSIGN_HTTP_CLIENT_NO_PROXY_H_
#define COUNTERSIGN_HTTP_CLIENT_NO_PROXY_H_

#include <netinet/in.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::http {

// Which hosts are spoken to directly although there is a proxy: the value of NO_PROXY, read as Go
// reads it (golang.org/x/net/http/httpproxy), and with it whatever else runs in a cluster. Entries
// are separated by commas, white space around them and case do not count:
//
//   *                  every host
//   example.org        the host and every name below it
//   .example.org       every name below it; `*.example.org` is the same
//   192.0.2.1, ::1     the address, in whatever form it is written
//   192.0.2.0/24, fd00::/8  the addresses of that network
//   HOST:PORT          one of the above but networks, for that port; IPv6 addresses in brackets
//
// An entry that is none of these matches nothing. "localhost" and loopback addresses are always
// spoken to directly. Immutable value.
class NoProxy {
 public:
  explicit NoProxy(std::string_view list);

  // `host` as of a Url: in lower case, an IPv6 address in brackets. A name is not resolved.
  bool Contains(std::string_view host, int port) const;

 private:
  // IPv4 as IPv6 (RFC 4291, section 2.5.5.2), so that there is one kind to compare.
  struct Network {
    in6_addr address;
    int prefix_bits;
    std::string port;  // "": every
  };
  struct Domain {
    std::string suffix;  // with a dot in front
    bool matches_itself;
    std::string port;
  };

  static std::optional<in6_addr> ParseAddress(std::string_view text);
  static std::optional<Network> ParseNetwork(std::string_view text);
  void Add(std::string_view entry);

  bool all_ = false;
  std::vector<Network> networks_;
  std::vector<Domain> domains_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_NO_PROXY_H_

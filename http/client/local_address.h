#ifndef COUNTERSIGN_HTTP_CLIENT_LOCAL_ADDRESS_H_
#define COUNTERSIGN_HTTP_CLIENT_LOCAL_ADDRESS_H_

#include <sys/socket.h>

#include <string_view>

namespace countersign::http {

// Whether an address is this machine's or its link's own: loopback (127.0.0.0/8, ::1), link-local
// (169.254.0.0/16, fe80::/10) or unspecified (0.0.0.0/8, ::), IPv4 also where it is written as IPv6
// (::ffff:127.0.0.1, ::127.0.0.1, 64:ff9b::127.0.0.1). What serves there does not expect requests
// on behalf of others. Any family but IPv4 and IPv6 is local.
bool IsLocalAddress(const sockaddr& address);

// The same of an address as text, in brackets or not. A name is none, whatever it means, but for
// "localhost" and what ends with ".localhost" (RFC 6761, section 6.3).
bool IsLocalHost(std::string_view host);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_LOCAL_ADDRESS_H_

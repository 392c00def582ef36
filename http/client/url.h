#ifndef COUNTERSIGN_HTTP_CLIENT_URL_H_
#define COUNTERSIGN_HTTP_CLIENT_URL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::http {

// An absolute http or https URL (RFC 3986), read by the same parser that CurlClient connects by, so
// that a host that was checked is the host that is asked. Immutable value.
class Url {
 public:
  // InvalidArgument if it is malformed, of another scheme, holds a user name or password, or a byte
  // that is not printable ASCII. The message does not quote the text. A fragment is dropped.
  static absl::StatusOr<Url> Parse(std::string_view text);

  // The URL that `reference` (absolute or relative) means on a page at this URL (RFC 3986, section
  // 5). Errors as in Parse.
  absl::StatusOr<Url> Resolve(std::string_view reference) const;

  bool IsHttps() const { return scheme_ == "https"; }
  // In lower case; an IPv6 address in brackets.
  const std::string& host() const { return host_; }
  // The scheme's own where none is written.
  int port() const { return port_; }
  // "host", or "host:port" where the port is not the scheme's own.
  std::string HostPort() const;
  // Starts with '/'.
  const std::string& path_and_query() const { return path_and_query_; }
  std::string ToString() const;

  // The same scheme, host and port (RFC 6454, section 5): where credentials may go along.
  bool IsSameOrigin(const Url& other) const;

 private:
  friend class UrlReader;
  Url() = default;
  std::string scheme_;
  std::string host_;
  int port_ = 0;
  std::string path_and_query_;  // starts with '/'
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_URL_H_

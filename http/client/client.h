#ifndef COUNTERSIGN_HTTP_CLIENT_CLIENT_H_
#define COUNTERSIGN_HTTP_CLIENT_CLIENT_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"

namespace countersign::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct ClientRequest {
  std::string method = "GET";  // "GET", "HEAD", "POST", "PUT", "PATCH" or "DELETE"
  std::string url;             // absolute, http or https
  Headers headers;
  std::string body;  // sent by POST, PUT and PATCH only
  // A longer response body is an error, not a cut body.
  size_t max_response_bytes = 4 << 20;
  // Where the bytes of the response's body are counted while they arrive; null: nowhere. The
  // transfer ends with ResourceExhausted where there is no room for more. Not for streams.
  std::shared_ptr<base::HeldBytes> held;
  // Neither the certificate's chain nor its name is checked. Only for hosts that the operator
  // named.
  bool insecure_skip_tls_verification = false;
  // Loopback, link-local and unspecified addresses are not asked (local_address.h), whatever name
  // resolves to them. For URLs that somebody else has named.
  bool refuse_local_addresses = false;
};

struct ClientResponse {
  int status = 0;
  Headers headers;  // names in lower case, in the order received, repeated ones kept apart
  std::string body;

  // The first header of that (lower-case) name.
  std::optional<std::string_view> FindHeader(std::string_view name) const;
};

// Sends HTTP requests: where the world begins. Thread-safe.
class Client {
 public:
  virtual ~Client() = default;

  // One request, one response, no redirect followed. Any status code is a response. A GET or HEAD
  // whose connection is lost on the way is sent once more, on a new one. Errors name the host, never
  // the query, headers or body; where a proxy is at fault (IsProxyFault), they name that and not the
  // host. Those that say that the host was not reached are marked (network_fault.h):
  //   DeadlineExceeded    no complete response by `deadline`; once that has passed, nothing is sent
  //   Unavailable         no connection, TLS refused (and why: expired, unknown authority, wrong
  //                       name, a client certificate is wanted), cut short
  //   ResourceExhausted   the response is larger than asked for, or `held` has no room for
  //                       it
  //   FailedPrecondition  the response has headers of more than 32 KiB, or the address is one that
  //                       is refused
  //   InvalidArgument     the URL is malformed (see url.h), the method is another one, or a header
  //                       holds a line break or a NUL
  virtual absl::StatusOr<ClientResponse> Send(const ClientRequest& request,
                                              absl::Time deadline) = 0;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CLIENT_H_

#ifndef COUNTERSIGN_HTTP_SERVER_RESPOND_H_
#define COUNTERSIGN_HTTP_SERVER_RESPOND_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/source_shares.h"

namespace countersign::http {

struct ServerRequest {
  std::string method;  // "POST"
  std::string path;    // without the query, not decoded
  std::string query;   // what follows '?', or ""
  std::string content_type;
  // To whom the request says that it speaks, as it says it: "localhost:9099"; "" if it does not say, or
  // says it more than once.
  std::string host;
  // The header `traceparent` as it came (base/trace_context.h); "" if there is none, or more than one.
  std::string traceparent;
  std::string body;
  absl::Time received;  // when the request's head was complete
  // The source address of the connection without its port, "192.0.2.1" or "2001:db8::1"; an IPv4
  // address that came by an IPv6 socket reads as IPv4. Nothing that the client says changes it.
  std::string peer_address;
  // The request's part of the memory that requests may take, in all and from this source; held
  // until its response is written. At first what a body of that size may need: Respond, to whom it
  // belongs meanwhile, resizes it to what the request does need. Null: there is no body.
  std::shared_ptr<base::SourceShares::Claim> memory;
};

struct ServerResponse {
  int status = 500;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  // Beside those that every response has. Neither has anything in it that a client has said.
  std::vector<std::pair<std::string_view, std::string_view>> more_headers = {};
};

// Makes the response to one request, whose body it may take. Called on a thread of the server's
// pool, on many at once; may block.
using Respond = std::function<ServerResponse(ServerRequest request)>;

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_RESPOND_H_

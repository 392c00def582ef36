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

// 503: as many requests as there may be are in progress, or take all the memory that they may.
ServerResponse BusyResponse();

// The response to one request, which somebody owes: given once, on any thread. A Reply that ends without
// having given one gives 500. Not thread-safe by itself.
class Reply {
 public:
  // Where the response goes.
  class Taker {
   public:
    virtual ~Taker() = default;
    // Called once, on any thread, and the last of all: the taker may be gone when it returns.
    virtual void Take(ServerResponse response) = 0;
    // Runs it on a thread where it may block; false, and it is destroyed, if there is none.
    virtual bool Schedule(std::function<void()> task) = 0;
  };
  using Make = std::function<ServerResponse()>;

  // `taker` must live until it has taken a response.
  explicit Reply(Taker* taker) : taker_(taker) {}
  Reply(Reply&& other) noexcept : taker_(std::exchange(other.taker_, nullptr)) {}
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  void Give(ServerResponse response) &&;

  // Has `make`, which may block, make the response on a thread of the server's pool; BusyResponse without
  // one, and 500, with a line in the log, where it throws.
  void GiveFromThread(Make make) &&;

 private:
  Taker* taker_;
};

// Sees to it that one request is answered, whose body it may take. Called on the thread of the request's
// connection, which serves others, too: it must not block. 500, and a line in the log, where it throws.
using Respond = std::function<void(ServerRequest request, Reply reply)>;

// Calls it.
void RespondInAnyCase(const Respond& respond, ServerRequest request, Reply reply);

// Makes each response on a thread of the server's pool (Reply::GiveFromThread), where `respond` may block.
Respond Blocking(std::function<ServerResponse(ServerRequest request)> respond);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_RESPOND_H_

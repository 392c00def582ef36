#ifndef COUNTERSIGN_HTTP_SERVER_CONNECTION_H_
#define COUNTERSIGN_HTTP_SERVER_CONNECTION_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/worker_pool.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/system/error_code.hpp"
#include "http/handler.h"
#include "http/server_stream.h"

namespace countersign::http {

// What the connections of one server share. The limits mean what Server::Options says.
struct ServerShared {
  const Handler handler;
  const size_t max_body_bytes;
  const int max_requests;
  const absl::Duration read_timeout;
  const absl::Duration idle_timeout;
  base::WorkerPool* const pool;
  std::atomic<int> requests_in_progress = 0;
  std::atomic<bool> draining = false;
  // Answers ask for their connection to be closed.
  std::atomic<bool> retiring = false;
};

// One client's connection, from the TLS handshake, if there is one, to the close. Everything but
// Finish and Abort runs on the socket's executor, one thing at a time.
class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  // `shared` must outlive the connection. Without `tls` the bytes go as they are.
  // `peer_address` is what requests say (see ServerRequest).
  ServerConnection(boost::asio::ip::tcp::socket socket, std::string peer_address,
                   std::shared_ptr<boost::asio::ssl::context> tls, ServerShared* shared);

  // Serves requests until either side ends it.
  boost::asio::awaitable<void> Serve();

  // For any thread: ends the connection once no request is in progress (see
  // ServerShared::draining), or at once.
  void Finish();
  void Abort();

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  // What the clock may interrupt, and how: a read, so that an answer can still be written; or all.
  enum class Interrupt { kReading, kAll };

  boost::asio::awaitable<bool> Handshake();
  boost::asio::awaitable<bool> WaitForRequest();
  boost::asio::awaitable<bool> ServeOne();
  boost::asio::awaitable<bool> ServeBody(Parser& parser);
  boost::asio::awaitable<ServerResponse> Ask(ServerRequest request);
  boost::asio::awaitable<bool> Answer(ServerResponse response, bool with_body, bool keep_alive);
  boost::asio::awaitable<bool> Refuse(int status, std::string sentence);
  boost::asio::awaitable<bool> RefuseFault(Error error);
  boost::asio::awaitable<void> Discard();
  boost::asio::awaitable<void> Close();

  boost::asio::ip::tcp::socket& socket() { return stream_.socket(); }
  void StartClock(absl::Duration timeout, Interrupt interrupt);
  void StopClock() { clock_.cancel(); }
  void InterruptNow(Interrupt interrupt);

  ServerShared& shared_;
  const std::string peer_address_;
  ServerStream stream_;
  boost::asio::steady_timer clock_;
  boost::asio::steady_timer answered_;  // never runs out: cancelled when `response_` is there
  boost::beast::flat_buffer buffer_;
  ServerResponse response_;
  bool idle_ = false;
  bool timed_out_ = false;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_CONNECTION_H_

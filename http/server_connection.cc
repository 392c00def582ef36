#include "http/server_connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core/string.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/status.hpp"
#include "boost/beast/http/verb.hpp"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr size_t kMaxHeadBytes = 64 << 10;
constexpr size_t kReadBytes = 4 << 10;
constexpr absl::Duration kCloseTimeout = absl::Seconds(2);

// Completion as a value: nothing here throws for a network's fault.
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

std::string WriteResponse(const ServerResponse& response, bool with_body, bool keep_alive) {
  const beast::string_view reason =
      beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
  std::string text = absl::StrCat(
      "HTTP/1.1 ", response.status, " ", std::string_view(reason.data(), reason.size()),
      "\r\nDate: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()),
      "\r\nContent-Length: ", response.body.size(), "\r\n");
  if (!response.content_type.empty()) {
    absl::StrAppend(&text, "Content-Type: ", response.content_type, "\r\n");
  }
  if (!keep_alive) absl::StrAppend(&text, "Connection: close\r\n");
  absl::StrAppend(&text, "\r\n", with_body ? response.body : "");
  return text;
}

ServerResponse CallHandler(const Handler& handler, ServerRequest request) {
  try {
    return handler(std::move(request));
  } catch (const std::exception& exception) {
    base::LogError("http", "A request's handler threw", {{"error", exception.what()}});
  } catch (...) {
    base::LogError("http", "A request's handler threw");
  }
  ServerResponse response;
  response.status = 500;
  response.body = "The server failed to answer this request.\n";
  return response;
}

template <typename Text>
std::string String(const Text& text) {
  return std::string(text.data(), text.size());
}

ServerRequest TakeRequest(beast::http::request<beast::http::string_body>& message) {
  ServerRequest request;
  const std::string target = String(message.target());
  const size_t question = target.find('?');
  request.method = String(message.method_string());
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  request.content_type = String(message[beast::http::field::content_type]);
  request.body = std::move(message.body());
  return request;
}

}  // namespace

ServerConnection::ServerConnection(asio::ip::tcp::socket socket, std::string peer_address,
                                   std::shared_ptr<asio::ssl::context> tls, ServerShared* shared)
    : shared_(*shared),
      peer_address_(std::move(peer_address)),
      stream_(std::move(socket), std::move(tls)),
      clock_(stream_.get_executor()),
      answered_(stream_.get_executor(), asio::steady_timer::time_point::max()),
      buffer_(2 * kMaxHeadBytes) {}

asio::awaitable<void> ServerConnection::Serve() {
  // One co_await a statement: g++ 12 miscompiles them in the condition of a loop.
  bool goes_on = co_await Handshake();
  while (goes_on) {
    goes_on = co_await WaitForRequest();
    if (goes_on) goes_on = co_await ServeOne();
  }
  co_await Close();
  StopClock();
}

asio::awaitable<bool> ServerConnection::Handshake() {
  if (!stream_.IsTls()) co_return true;
  StartClock(shared_.read_timeout, Interrupt::kAll);
  const auto [error] = co_await stream_.async_handshake(kAsTuple);
  if (!error) co_return true;
  if (error.category() == asio::error::get_ssl_category() &&
      ERR_GET_REASON(error.value()) == SSL_R_HTTP_REQUEST) {
    static constexpr std::string_view kAnswer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
        "This server speaks HTTPS only.\n";
    co_await asio::async_write(socket(), asio::buffer(kAnswer), kAsTuple);
    co_await Discard();
  }
  co_return false;
}

// Whether another request has begun.
asio::awaitable<bool> ServerConnection::WaitForRequest() {
  if (shared_.draining) co_return false;
  if (buffer_.size() > 0) co_return true;
  idle_ = true;
  StartClock(shared_.idle_timeout, Interrupt::kReading);
  const auto [error, bytes] =
      co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAsTuple);
  idle_ = false;
  buffer_.commit(bytes);
  co_return !error;
}

// These give whether the connection may go on.
asio::awaitable<bool> ServerConnection::ServeOne() {
  StartClock(shared_.read_timeout, Interrupt::kReading);
  Parser parser;
  parser.header_limit(kMaxHeadBytes);
  parser.body_limit(shared_.max_body_bytes);
  const auto [error, bytes] =
      co_await beast::http::async_read_header(stream_, buffer_, parser, kAsTuple);
  if (error) co_return co_await RefuseFault(error);

  const absl::Cleanup leave = [this] { --shared_.requests_in_progress; };
  if (++shared_.requests_in_progress > shared_.max_requests) {
    co_return co_await Refuse(503, "The server is busy with as many requests as it takes.\n");
  }
  co_return co_await ServeBody(parser);
}

asio::awaitable<bool> ServerConnection::ServeBody(Parser& parser) {
  const absl::Time received = absl::Now();
  if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto [error, bytes] =
        co_await asio::async_write(stream_, asio::buffer(kContinue), kAsTuple);
    if (error) co_return false;
  }
  const auto [error, bytes] = co_await beast::http::async_read(stream_, buffer_, parser, kAsTuple);
  if (error) co_return co_await RefuseFault(error);
  StopClock();

  const bool is_head = parser.get().method() == beast::http::verb::head;
  const bool keep_alive = parser.get().keep_alive();
  ServerRequest request = TakeRequest(parser.get());
  request.received = received;
  request.peer_address = peer_address_;
  ServerResponse response = co_await Ask(std::move(request));
  co_return co_await Answer(std::move(response), !is_head, keep_alive);
}

asio::awaitable<ServerResponse> ServerConnection::Ask(ServerRequest request) {
  // std::function wants to be copied; the request does not.
  const auto owned = std::make_shared<ServerRequest>(std::move(request));
  const absl::Status scheduled = shared_.pool->Schedule("", [self = shared_from_this(), owned] {
    ServerResponse response = CallHandler(self->shared_.handler, std::move(*owned));
    asio::post(self->stream_.get_executor(), [self, response = std::move(response)]() mutable {
      self->response_ = std::move(response);
      self->answered_.cancel();
    });
  });
  if (!scheduled.ok()) {
    ServerResponse response;
    response.status = 503;
    response.body = "The server is busy with as many requests as it takes.\n";
    co_return response;
  }
  co_await answered_.async_wait(kAsTuple);
  co_return std::move(response_);
}

asio::awaitable<bool> ServerConnection::Answer(ServerResponse response, bool with_body,
                                               bool keep_alive) {
  if (shared_.draining || shared_.retiring) keep_alive = false;
  StartClock(shared_.read_timeout, Interrupt::kAll);
  // One buffer, so that head and body leave in one TLS record.
  const std::string text = WriteResponse(response, with_body, keep_alive);
  const auto [error, bytes] = co_await asio::async_write(stream_, asio::buffer(text), kAsTuple);
  co_return !error && keep_alive;
}

// For a request that was not read to its end: the connection cannot go on.
asio::awaitable<bool> ServerConnection::Refuse(int status, std::string sentence) {
  ServerResponse response;
  response.status = status;
  response.body = std::move(sentence);
  co_await Answer(std::move(response), /*with_body=*/true, /*keep_alive=*/false);
  co_await Discard();
  co_return false;
}

asio::awaitable<bool> ServerConnection::RefuseFault(Error error) {
  using Fault = beast::http::error;
  if (timed_out_) co_return co_await Refuse(408, "The request did not come in time.\n");
  if (error == Fault::header_limit || error == Fault::buffer_overflow) {
    co_return co_await Refuse(431, "The request's head is larger than 64 KiB.\n");
  }
  if (error == Fault::body_limit) {
    co_return co_await Refuse(413, absl::StrCat("The request's body is larger than ",
                                                shared_.max_body_bytes, " bytes.\n"));
  }
  const bool is_malformed =
      error.category() == beast::http::make_error_code(Fault::bad_method).category() &&
      error != Fault::end_of_stream && error != Fault::partial_message;
  if (!is_malformed) co_return false;  // The client has gone.
  co_return co_await Refuse(400, absl::StrCat("The request is not HTTP: ", error.message(), ".\n"));
}

// Takes what the client still sends: closing at once would reset the connection, and the client
// might lose the answer.
asio::awaitable<void> ServerConnection::Discard() {
  StartClock(kCloseTimeout, Interrupt::kAll);
  Error error;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  char bytes[kReadBytes];
  while (!error) {
    error = std::get<0>(co_await socket().async_read_some(asio::buffer(bytes), kAsTuple));
  }
}

asio::awaitable<void> ServerConnection::Close() {
  StartClock(kCloseTimeout, Interrupt::kAll);
  if (stream_.IsTls()) co_await stream_.async_shutdown(kAsTuple);
  Error ignored;
  socket().close(ignored);
}

void ServerConnection::Finish() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->idle_) self->InterruptNow(Interrupt::kReading);
  });
}

void ServerConnection::Abort() {
  asio::post(stream_.get_executor(),
             [self = shared_from_this()] { self->InterruptNow(Interrupt::kAll); });
}

void ServerConnection::StartClock(absl::Duration timeout, Interrupt interrupt) {
  timed_out_ = false;
  clock_.expires_after(absl::ToChronoNanoseconds(timeout));
  clock_.async_wait([self = shared_from_this(), interrupt](Error error) {
    // Nor one that was started anew while this ran out.
    if (error || self->clock_.expiry() > asio::steady_timer::clock_type::now()) return;
    self->timed_out_ = true;
    self->InterruptNow(interrupt);
  });
}

void ServerConnection::InterruptNow(Interrupt interrupt) {
  Error ignored;
  if (interrupt == Interrupt::kReading) {
    socket().shutdown(asio::ip::tcp::socket::shutdown_receive, ignored);
  } else {
    socket().close(ignored);
  }
}

}  // namespace countersign::http

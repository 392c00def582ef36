#include "http/server/server_request_reader.h"

#include <chrono>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/beast/core/string.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/verb.hpp"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Error = ServerRequestReader::Error;
using Fault = beast::http::error;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kHeadReadBytes = 2 << 10;
constexpr size_t kChunkClaimBytes = 64 << 10;
// How often a body that there is no room for asks again.
constexpr std::chrono::milliseconds kClaimInterval(50);

template <typename Text>
std::string String(const Text& text) {
  return std::string(text.data(), text.size());
}

}  // namespace

ServerRequestReader::ServerRequestReader(ServerStream* stream, beast::flat_buffer* buffer,
                                         const std::string& source, ServerShared* shared)
    : stream_(*stream), buffer_(*buffer), source_(source), shared_(*shared) {
  parser_.header_limit(kMaxHeadBytes);
  parser_.body_limit(shared_.max_body_bytes);
}

asio::awaitable<Error> ServerRequestReader::ReadHead() {
  while (true) {
    Error error = Parse();
    if (parser_.is_header_done()) break;
    if (error != Fault::need_more) co_return error;
    error = co_await ReadMore(kHeadReadBytes);
    if (error) co_return error;
  }
  received_ = absl::Now();
  parser_.eager(true);
  co_return Error();
}

asio::awaitable<Error> ServerRequestReader::ClaimBody() {
  // A body without a length is claimed as it comes.
  const size_t bytes = parser_.chunked() ? kChunkClaimBytes : parser_.content_length().value_or(0);
  if (bytes == 0) co_return Error();
  const absl::Time give_up = absl::Now() + shared_.patience.body_grace;
  asio::steady_timer pause(stream_.get_executor());
  while (true) {
    if (std::optional<Claim> claim = shared_.body_bytes.TryTake(source_, bytes)) {
      claim_ = std::make_shared<Claim>(*std::move(claim));
      co_return Error();
    }
    if (absl::Now() >= give_up || !stream_.socket().is_open()) break;
    pause.expires_after(kClaimInterval);
    co_await pause.async_wait(kAsTuple);
  }
  co_return asio::error::no_buffer_space;
}

asio::awaitable<Error> ServerRequestReader::ReadSomeBody() {
  Error error = Parse();
  while (claim_ != nullptr && parser_.chunked() && claim_->amount() < parser_.get().body().size()) {
    if (!claim_->TryGrow(kChunkClaimBytes)) co_return asio::error::no_buffer_space;
  }
  if (error == Fault::need_more) error = co_await ReadMore(kReadBytes);
  co_return error;
}

bool ServerRequestReader::wants_continue() const {
  return beast::iequals(parser_.get()[beast::http::field::expect], "100-continue");
}

bool ServerRequestReader::is_head_method() const {
  return parser_.get().method() == beast::http::verb::head;
}

ServerRequest ServerRequestReader::Take() {
  auto& message = parser_.get();
  ServerRequest request;
  const std::string target = String(message.target());
  const size_t question = target.find('?');
  request.method = String(message.method_string());
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  request.content_type = String(message[beast::http::field::content_type]);
  request.body = std::move(message.body());
  request.received = received_;
  request.peer_address = source_;
  request.body_place = std::exchange(claim_, nullptr);
  return request;
}

Error ServerRequestReader::Parse() {
  if (buffer_.size() == 0) return beast::http::make_error_code(Fault::need_more);
  Error error;
  buffer_.consume(parser_.put(buffer_.data(), error));
  return error;
}

asio::awaitable<Error> ServerRequestReader::ReadMore(size_t bytes) {
  if (buffer_.size() + bytes > buffer_.max_size()) {
    co_return beast::http::make_error_code(Fault::buffer_overflow);
  }
  const auto [error, read] = co_await stream_.ReadSome(buffer_.prepare(bytes));
  if (error) co_return error;
  buffer_.commit(read);
  received_bytes_ += read;
  co_return Error();
}

}  // namespace countersign::http

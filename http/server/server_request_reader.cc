#include "http/server/server_request_reader.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/post.hpp"
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
// Of most reviews head and body together.
constexpr size_t kHeadReadBytes = 4 << 10;
constexpr size_t kChunkClaimBytes = 64 << 10;

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
  co_return co_await AwaitRoom(shared_.made.WithBody(bytes));
}

asio::awaitable<Error> ServerRequestReader::AwaitRoom(size_t bytes) {
  std::optional<Claim> claim = shared_.request_memory.TryTake(source_, bytes);
  if (!claim.has_value()) {
    const asio::any_io_executor executor = stream_.get_executor();
    const auto patience = std::make_shared<asio::steady_timer>(
        executor, absl::ToChronoNanoseconds(shared_.patience.body_grace));
    // Room may be made on any thread.
    const auto waiter = shared_.request_memory.Wait(source_, bytes, [executor, patience] {
      asio::post(executor, [patience] { patience->cancel(); });
    });
    co_await patience->async_wait(kAsTuple);
    claim = waiter->Take();
  }
  if (!claim.has_value()) co_return asio::error::no_buffer_space;
  claim_ = std::make_shared<Claim>(*std::move(claim));
  co_return Error();
}

asio::awaitable<Error> ServerRequestReader::ReadSomeBody() {
  Error error = Parse();
  if (claim_ != nullptr && parser_.chunked()) {
    // Up to the end of the chunk-sized piece that the body has reached.
    const size_t pieces = (parser_.get().body().size() + kChunkClaimBytes - 1) / kChunkClaimBytes;
    const size_t bytes = shared_.made.WithBody(pieces * kChunkClaimBytes);
    if (bytes > claim_->amount() && !claim_->TryResize(bytes)) {
      co_return asio::error::no_buffer_space;
    }
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
  const std::string_view target(message.target().data(), message.target().size());
  const size_t question = target.find('?');
  request.method = String(message.method_string());
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  request.content_type = String(message[beast::http::field::content_type]);
  if (message.count(beast::http::field::host) == 1) {
    request.host = String(message[beast::http::field::host]);
  }
  if (message.count("traceparent") == 1) request.traceparent = String(message["traceparent"]);
  request.body = std::move(message.body());
  request.received = received_;
  request.peer_address = source_;
  request.memory = claim_;
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

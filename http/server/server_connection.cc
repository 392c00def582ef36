#include "http/server/server_connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/ssl/error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"
#include "http/server/request_fault.h"
#include "http/server/server_response.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;

constexpr absl::Duration kCloseTimeout = absl::Seconds(2);
// How long a connection that says nothing may stay where its source has many of the kind.
constexpr absl::Duration kMoment = absl::Seconds(1);

// Completion as a value: nothing here throws for a network's fault.
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

ServerConnection::ServerConnection(asio::ip::tcp::socket socket, Peer peer,
                                   std::shared_ptr<asio::ssl::context> tls, ServerShared* shared)
    : shared_(*shared),
      peer_(std::move(peer)),
      stream_(std::move(socket), std::move(tls)),
      clock_(stream_.get_executor()),
      arrived_(stream_.get_executor(), asio::steady_timer::time_point::max()),
      buffer_(ServerRequestReader::kMaxBufferBytes) {}

asio::awaitable<void> ServerConnection::Serve() {
  // One co_await a statement: g++ 12 miscompiles them in the condition of a loop.
  bool goes_on = co_await AwaitFirstByte();
  if (goes_on) goes_on = co_await AwaitTurn();
  if (goes_on) goes_on = co_await Handshake();
  while (goes_on) {
    goes_on = co_await WaitForRequest();
    if (goes_on) goes_on = co_await ServeOne();
  }
  co_await Close();
  clock_.cancel();
}

asio::awaitable<bool> ServerConnection::AwaitFirstByte() {
  const absl::Duration moment = std::min(kMoment, shared_.patience.head);
  for (const absl::Duration patience : {moment, shared_.patience.head - moment}) {
    StartClock(patience, Interrupt::kWaiting);
    const Error error = co_await stream_.AwaitBytes();
    if (!error) co_return true;
    if (!timed_out_ || shared_.places.IsCrowded(peer_.place)) break;
  }
  if (timed_out_) Complain("silent");
  co_return false;
}

asio::awaitable<bool> ServerConnection::AwaitTurn() {
  // For the handshake and the head of the first request, too.
  StartClock(shared_.patience.head, Interrupt::kWaiting);
  if (shared_.places.Begin(peer_.place)) co_return true;
  waits_for_turn_ = true;
  co_await arrived_.async_wait(kAsTuple);
  if (waits_for_turn_) {
    Complain("waited_too_long");
    co_return false;
  }
  StartClock(shared_.patience.head, Interrupt::kWaiting);
  co_return true;
}

asio::awaitable<bool> ServerConnection::Handshake() {
  const Error error = co_await stream_.Handshake();
  if (timed_out_) Complain("slow");
  if (!error) {
    if (stream_.has_proven_client()) SetKnown();
    co_return true;
  }
  if (error.category() != asio::error::get_ssl_category()) co_return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  if (reason == SSL_R_HTTP_REQUEST) {
    static constexpr std::string_view kAnswer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
        "This server speaks HTTPS only.\n";
    co_await asio::async_write(socket(), asio::buffer(kAnswer), kAsTuple);
    co_await Discard();
  }
  const bool had_none = reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
  if (had_none || !stream_.refusal().empty()) {
    shared_.refused_clients.Add(
        "refused", absl::StrCat(peer_.address, ": ",
                                had_none ? "it shows no certificate" : stream_.refusal()));
    // The client is to read why.
    co_await Discard();
  }
  co_return false;
}

// Whether another request has begun.
asio::awaitable<bool> ServerConnection::WaitForRequest() {
  if (shared_.draining) co_return false;
  if (buffer_.size() == 0) {
    buffer_.shrink_to_fit();
    between_requests_ = true;
    if (known_) {
      StartClock(shared_.patience.idle, Interrupt::kWaiting);
      shared_.places.SetIdle(peer_.place, true);
    }
    const Error error = co_await stream_.AwaitBytes();
    between_requests_ = false;
    if (known_) shared_.places.SetIdle(peer_.place, false);
    if (error) {
      if (timed_out_ && !known_) Complain("slow");
      co_return false;
    }
  }
  if (known_) StartClock(shared_.patience.head, Interrupt::kWaiting);
  co_return true;
}

asio::awaitable<bool> ServerConnection::ServeOne() {
  ServerRequestReader reader(&stream_, &buffer_, peer_.address, &shared_);
  Error error = co_await reader.ReadHead();
  if (!error) error = co_await ReadBody(reader);
  if (error) co_return co_await RefuseFault(error);
  StopClock();
  SetKnown();
  const bool with_body = !reader.is_head_method();
  const bool keep_alive = reader.keep_alive();
  ServerResponse response = co_await Ask(reader.Take());
  co_return co_await Answer(std::move(response), with_body, keep_alive);
}

asio::awaitable<ServerConnection::Error> ServerConnection::ReadBody(ServerRequestReader& reader) {
  StopClock();
  Error error = co_await reader.ClaimBody();
  if (!error && reader.wants_continue()) {
    StartClock(shared_.patience.answer, Interrupt::kWaiting);
    error = co_await stream_.Write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  const absl::Time begun = absl::Now();
  while (!error && !reader.is_done()) {
    const absl::Time until = begun + shared_.patience.WithBody(reader.received_bytes());
    StartClock(until - absl::Now(), Interrupt::kWaiting);
    error = co_await reader.ReadSomeBody();
  }
  co_return error;
}

asio::awaitable<ServerResponse> ServerConnection::Ask(ServerRequest request) {
  const auto claim = shared_.requests.TryTake(peer_.address, 1);
  if (!claim.has_value()) {
    Complain("busy");
    co_return BusyResponse();
  }
  owes_reply_ = shared_from_this();
  shared_.owed_replies.Add();
  RespondInAnyCase(shared_.respond, std::move(request), Reply(this));
  while (!response_.has_value()) co_await arrived_.async_wait(kAsTuple);
  co_return *std::exchange(response_, std::nullopt);
}

// On any thread: it touches owes_reply_ alone, which Ask leaves alone meanwhile.
void ServerConnection::Take(ServerResponse response) {
  ServerShared& shared = shared_;
  {
    const asio::any_io_executor executor = stream_.get_executor();
    asio::dispatch(executor,
                   [self = std::move(owes_reply_), response = std::move(response)]() mutable {
                     self->response_ = std::move(response);
                     self->arrived_.cancel();
                   });
  }
  shared.owed_replies.Remove();
}

bool ServerConnection::Schedule(std::function<void()> task) {
  if (shared_.pool->Schedule("", std::move(task)).ok()) return true;
  Complain("busy");
  return false;
}

asio::awaitable<bool> ServerConnection::Answer(ServerResponse response, bool with_body,
                                               bool keep_alive) {
  if (shared_.draining || shared_.retiring) keep_alive = false;
  StartClock(shared_.patience.answer, Interrupt::kAll);
  const std::string text = WriteResponse(response, with_body, keep_alive);
  response = {};
  const Error error = co_await stream_.Write(text);
  co_return !error && keep_alive;
}

// For a request that was not read to its end: the connection cannot go on.
asio::awaitable<bool> ServerConnection::Refuse(ServerResponse response) {
  co_await Answer(std::move(response), /*with_body=*/true, /*keep_alive=*/false);
  co_await Discard();
  co_return false;
}

asio::awaitable<bool> ServerConnection::RefuseFault(Error error) {
  std::optional<RequestFault> fault = FaultOf(error, timed_out_, shared_.max_body_bytes);
  if (!fault.has_value()) co_return false;  // The client has gone.
  if (!fault->complaint.empty()) Complain(fault->complaint);
  co_return co_await Refuse(std::move(fault->response));
}

// Takes what the client still sends: closing at once would reset the connection, and the client
// might lose the answer.
asio::awaitable<void> ServerConnection::Discard() {
  StartClock(kCloseTimeout, Interrupt::kAll);
  Error error;
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  char bytes[4 << 10];
  while (!error) {
    error = std::get<0>(co_await socket().async_read_some(asio::buffer(bytes), kAsTuple));
  }
}

asio::awaitable<void> ServerConnection::Close() {
  StartClock(kCloseTimeout, Interrupt::kAll);
  co_await stream_.Shutdown();
  Error ignored;
  socket().close(ignored);
}

void ServerConnection::Finish() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->between_requests_) self->InterruptNow(Interrupt::kWaiting);
  });
}

void ServerConnection::Abort() {
  asio::post(stream_.get_executor(),
             [self = shared_from_this()] { self->InterruptNow(Interrupt::kAll); });
}

void ServerConnection::GoOn() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->waits_for_turn_ = false;
    self->arrived_.cancel();
  });
}

void ServerConnection::SetKnown() {
  if (std::exchange(known_, true)) return;
  const auto next = shared_.places.SetKnown(peer_.place);
  if (next.has_value()) shared_.give_turn(*next);
}

void ServerConnection::StartClock(absl::Duration timeout, Interrupt interrupt) {
  timed_out_ = false;
  stream_.Resume();
  ends_at_ = Clock::now() + absl::ToChronoNanoseconds(timeout);
  at_end_ = interrupt;
  RunClock();
}

void ServerConnection::RunClock() {
  if (clock_runs_ && clock_.expiry() <= ends_at_) return;
  clock_runs_ = true;
  clock_.expires_at(ends_at_);
  clock_.async_wait([self = shared_from_this()](Error error) {
    if (error) return;  // It was set anew, or the connection has ended.
    self->clock_runs_ = false;
    if (self->ends_at_ == Clock::time_point::max()) return;
    if (self->ends_at_ > Clock::now()) return self->RunClock();
    self->timed_out_ = true;
    self->InterruptNow(self->at_end_);
  });
}

void ServerConnection::InterruptNow(Interrupt interrupt) {
  stream_.Interrupt();
  if (waits_for_turn_) arrived_.cancel();
  if (interrupt == Interrupt::kWaiting) return;
  Error ignored;
  socket().close(ignored);
}

}  // namespace countersign::http

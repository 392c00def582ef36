#include "http/server/server.h"

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/complaint_tally.h"
#include "base/connection_places.h"
#include "base/log.h"
#include "base/open_files.h"
#include "base/status_macros.h"
#include "base/worker_pool.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/system/error_code.hpp"
#include "http/server/listen.h"
#include "http/server/live_connections.h"
#include "http/server/server_connection.h"
#include "http/server/tls.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kReloadInterval(500);
constexpr std::chrono::milliseconds kAcceptRetryInterval(100);

// Nothing that is served throws, but for want of memory.
void LogException(std::exception_ptr exception) {
  if (exception == nullptr) return;
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    base::LogError("http", "The server met an exception", {{"error", known.what()}});
  } catch (...) {
    base::LogError("http", "The server met an exception");
  }
}

}  // namespace

class Server::State {
 public:
  State(const Options& options, Respond respond)
      : options_(options),
        shared_{
            .respond = std::move(respond),
            .max_body_bytes = options.max_body_bytes,
            .made = {.per_body_byte = options.made_per_body_byte,
                     .at_most = options.max_made_bytes},
            .patience = {.head = options.head_timeout,
                         .body_grace = options.body_grace,
                         .body_bytes_per_second = options.min_body_bytes_per_second,
                         .idle = options.idle_timeout,
                         .answer = options.answer_timeout},
            .pool = &pool_,
            .places = base::ConnectionPlaces(
                {.connections = base::AllowOpenConnections(options.max_connections),
                 .unanswered_per_source = static_cast<size_t>(options.max_unanswered_per_source)}),
            .requests = base::SourceShares(static_cast<size_t>(options.max_requests), /*weight=*/8),
            .request_memory = base::SourceShares(options.max_request_memory, /*weight=*/1),
            .complaints = base::ComplaintTally(options.clock),
            .refused_clients = base::ComplaintTally(options.clock),
            .give_turn = [this](Id id) { GiveTurn(id); },
        },
        io_(options.io_threads),
        pool_({.threads = options.max_requests, .threads_per_lane = options.max_requests}),
        acceptor_(asio::make_strand(io_)) {}
  ~State();

  enum class Transport { kTls, kUnsafePlaintext };
  absl::Status Start(Transport transport);
  void RetireConnections() { shared_.retiring = true; }
  void Drain(absl::Time deadline);
  int port() const { return port_; }
  const ServerShared& shared() const { return shared_; }

 private:
  using Id = base::ConnectionPlaces::Id;

  void RunIo();
  asio::awaitable<void> Accept();
  asio::awaitable<void> KeepHouse();
  void Tell(std::string_view what, base::ComplaintTally& tally);
  void TakeIn(Tcp::socket socket, std::string address);
  void Serve(Tcp::socket socket, ServerConnection::Peer peer);
  void Leave(Id id);
  void GiveTurn(Id id);

  // The order matters at the end: the pool waits for what runs on it; with `io_` go the connections, which use
  // `shared_`.
  const Options options_;
  ServerShared shared_;
  asio::io_context io_;
  base::WorkerPool pool_;
  Tcp::acceptor acceptor_;
  int port_ = 0;
  std::unique_ptr<TlsIdentity> identity_;  // null: without TLS
  std::vector<std::thread> threads_;
  LiveConnections connections_;
};

Server::State::~State() {
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
  Error ignored;
  acceptor_.close(ignored);
  shared_.owed_replies.AwaitNone();
}

absl::Status Server::State::Start(Transport transport) {
  if (transport == Transport::kTls) {
    CS_ASSIGN_OR_RETURN(identity_, TlsIdentity::Load(options_.tls_cert_file, options_.tls_key_file,
                                                     options_.clients));
  }
  CS_RETURN_IF_ERROR(Listen(options_.listen, &acceptor_));
  port_ = acceptor_.local_endpoint().port();
  asio::co_spawn(acceptor_.get_executor(), Accept(), &LogException);
  asio::co_spawn(acceptor_.get_executor(), KeepHouse(), &LogException);
  for (int i = 0; i < options_.io_threads; ++i) threads_.emplace_back([this] { RunIo(); });
  return absl::OkStatus();
}

void Server::State::Drain(absl::Time deadline) {
  shared_.draining = true;
  asio::post(acceptor_.get_executor(), [this] {
    Error ignored;
    acceptor_.close(ignored);
  });
  for (const auto& connection : connections_.All()) connection->Finish();
  connections_.AwaitNone(deadline);
  for (const auto& connection : connections_.All()) connection->Abort();
}

void Server::State::RunIo() {
  while (true) {
    try {
      io_.run();
      return;
    } catch (...) {
      LogException(std::current_exception());
    }
  }
}

asio::awaitable<void> Server::State::Accept() {
  asio::steady_timer pause(acceptor_.get_executor());
  while (acceptor_.is_open()) {
    Tcp::socket socket(asio::make_strand(io_));
    Tcp::endpoint peer;
    const auto [error] = co_await acceptor_.async_accept(socket, peer, kAsTuple);
    if (!error) {
      TakeIn(std::move(socket), AddressText(peer.address()));
    } else if (error != asio::error::operation_aborted) {
      // Such as no file descriptors left: trying again at once would keep the thread busy with
      // nothing.
      shared_.complaints.Add("not_accepted", error.message());
      pause.expires_after(kAcceptRetryInterval);
      co_await pause.async_wait(kAsTuple);
    }
  }
}

asio::awaitable<void> Server::State::KeepHouse() {
  asio::steady_timer timer(acceptor_.get_executor());
  while (true) {
    timer.expires_after(kReloadInterval);
    co_await timer.async_wait(kAsTuple);
    Tell("Connections were closed or refused without being served.", shared_.complaints);
    Tell("Clients were refused by their certificates.", shared_.refused_clients);
    const absl::Status status = identity_ == nullptr ? absl::OkStatus() : identity_->Reload();
    if (status.ok()) continue;
    base::LogWarning("http", "Changed TLS files were not taken over",
                     {{"error", std::string(status.message())}});
  }
}

void Server::State::Tell(std::string_view what, base::ComplaintTally& tally) {
  std::optional<base::LogFields> fields = tally.Take();
  if (!fields.has_value()) return;
  fields->insert(fields->begin(), {"listen", options_.listen});
  base::LogWarning("http", what, *fields);
}

void Server::State::TakeIn(Tcp::socket socket, std::string address) {
  const base::ConnectionPlaces::Entry entry = shared_.places.Enter(address);
  if (!entry.id.has_value()) return shared_.complaints.Add("turned_away", address);
  if (entry.makes_room.has_value()) {
    shared_.complaints.Add("made_room", address);
    if (const auto goes = connections_.Find(*entry.makes_room)) goes->Abort();
  }
  Serve(std::move(socket), {.place = *entry.id, .address = std::move(address)});
}

void Server::State::Serve(Tcp::socket socket, ServerConnection::Peer peer) {
  Error ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  const Id id = peer.place;
  const asio::any_io_executor executor = socket.get_executor();
  const auto connection = std::make_shared<ServerConnection>(
      std::move(socket), std::move(peer), identity_ == nullptr ? nullptr : identity_->Current(),
      &shared_);
  connections_.Add(id, connection);
  asio::co_spawn(executor, connection->Serve(),
                 [this, id, connection](std::exception_ptr exception) {
                   LogException(exception);
                   Leave(id);
                 });
}

void Server::State::Leave(Id id) {
  if (const std::optional<Id> next = shared_.places.Leave(id)) GiveTurn(*next);
  connections_.Remove(id);
}

void Server::State::GiveTurn(Id id) {
  if (const auto connection = connections_.Find(id)) connection->GoOn();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options, Respond respond) {
  auto state = std::make_unique<State>(options, std::move(respond));
  CS_RETURN_IF_ERROR(state->Start(State::Transport::kTls));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

absl::StatusOr<std::unique_ptr<Server>> Server::StartUnsafePlaintext(const Options& options,
                                                                     Respond respond) {
  auto state = std::make_unique<State>(options, std::move(respond));
  CS_RETURN_IF_ERROR(state->Start(State::Transport::kUnsafePlaintext));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() = default;

void Server::AddMetrics(const std::string& prefix, base::Metrics* metrics) const {
  state_->shared().AddMetrics(prefix, metrics);
}

size_t Server::request_memory() const { return state_->shared().request_memory.held(); }

int Server::port() const { return state_->port(); }

void Server::RetireConnections() { state_->RetireConnections(); }

void Server::Drain(absl::Time deadline) { state_->Drain(deadline); }

}  // namespace countersign::http

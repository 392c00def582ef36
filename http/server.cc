#include "http/server.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/worker_pool.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/system/error_code.hpp"
#include "http/server_connection.h"
#include "http/tls.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kReloadInterval(500);
constexpr std::chrono::milliseconds kAcceptRetryInterval(100);

absl::StatusOr<Tcp::endpoint> ParseListenAddress(const std::string& text) {
  const auto refused = [&text](std::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("cannot listen on ", text, ": ", why));
  };
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535) {
    return refused("it does not end in a colon and a port");
  }
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  Error error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || address.is_v6() != bracketed) {
    return refused("it is not an IP address and a port, such as 127.0.0.1:8443 or [::1]:8443");
  }
  return Tcp::endpoint(address, static_cast<uint16_t>(port));
}

absl::Status Listen(Tcp::acceptor& acceptor, const std::string& address) {
  CS_ASSIGN_OR_RETURN(const Tcp::endpoint endpoint, ParseListenAddress(address));
  Error error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(Tcp::acceptor::max_listen_connections, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", error.message()));
}

// What ServerRequest::peer_address says.
std::string AddressText(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

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
  State(const Options& options, Handler handler)
      : options_(options),
        shared_{std::move(handler),   options.max_body_bytes, options.max_requests,
                options.read_timeout, options.idle_timeout,   &pool_},
        io_(options.io_threads),
        pool_({.threads = options.max_requests, .threads_per_lane = options.max_requests}),
        acceptor_(asio::make_strand(io_)) {}
  ~State();

  enum class Transport { kTls, kUnsafePlaintext };
  absl::Status Start(Transport transport);
  void RetireConnections() { shared_.retiring = true; }
  void Drain(absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  int port() const { return port_; }

 private:
  using Connections = absl::flat_hash_map<ServerConnection*, std::weak_ptr<ServerConnection>>;

  void RunIo();
  asio::awaitable<void> Accept();
  asio::awaitable<void> ReloadTls();
  void Serve(Tcp::socket socket, std::string peer_address) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<std::shared_ptr<ServerConnection>> LiveConnections() ABSL_LOCKS_EXCLUDED(mutex_);

  // The order matters at the end: the pool waits for handlers, which answer to `io_`; with that go
  // the connections, which use `shared_`.
  const Options options_;
  ServerShared shared_;
  asio::io_context io_;
  base::WorkerPool pool_;
  Tcp::acceptor acceptor_;
  int port_ = 0;
  std::unique_ptr<TlsIdentity> identity_;  // null: without TLS
  std::vector<std::thread> threads_;

  absl::Mutex mutex_;
  Connections connections_ ABSL_GUARDED_BY(mutex_);
};

Server::State::~State() {
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Server::State::Start(Transport transport) {
  if (transport == Transport::kTls) {
    CS_ASSIGN_OR_RETURN(identity_,
                        TlsIdentity::Load(options_.tls_cert_file, options_.tls_key_file));
  }
  CS_RETURN_IF_ERROR(Listen(acceptor_, options_.listen));
  port_ = acceptor_.local_endpoint().port();
  asio::co_spawn(acceptor_.get_executor(), Accept(), &LogException);
  if (identity_ != nullptr) {
    asio::co_spawn(acceptor_.get_executor(), ReloadTls(), &LogException);
  }
  for (int i = 0; i < options_.io_threads; ++i) threads_.emplace_back([this] { RunIo(); });
  return absl::OkStatus();
}

void Server::State::Drain(absl::Time deadline) {
  shared_.draining = true;
  asio::post(acceptor_.get_executor(), [this] {
    Error ignored;
    acceptor_.close(ignored);
  });
  for (const auto& connection : LiveConnections()) connection->Finish();
  {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithDeadline(absl::Condition(&connections_, &Connections::empty), deadline);
  }
  for (const auto& connection : LiveConnections()) connection->Abort();
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
      Serve(std::move(socket), AddressText(peer.address()));
    } else if (error != asio::error::operation_aborted) {
      // Such as no file descriptors left: trying again at once would keep the thread busy with
      // nothing.
      base::LogWarning("http", "A connection could not be accepted", {{"error", error.message()}});
      pause.expires_after(kAcceptRetryInterval);
      co_await pause.async_wait(kAsTuple);
    }
  }
}

asio::awaitable<void> Server::State::ReloadTls() {
  asio::steady_timer timer(acceptor_.get_executor());
  while (true) {
    timer.expires_after(kReloadInterval);
    co_await timer.async_wait(kAsTuple);
    const absl::Status status = identity_->Reload();
    if (status.ok()) continue;
    base::LogWarning("http", "Changed TLS files were not taken over",
                     {{"error", std::string(status.message())}});
  }
}

void Server::State::Serve(Tcp::socket socket, std::string peer_address) {
  Error ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  const asio::any_io_executor executor = socket.get_executor();
  const auto connection = std::make_shared<ServerConnection>(
      std::move(socket), std::move(peer_address),
      identity_ == nullptr ? nullptr : identity_->Current(), &shared_);
  {
    absl::MutexLock lock(&mutex_);
    if (connections_.size() >= static_cast<size_t>(options_.max_connections)) return;
    connections_.emplace(connection.get(), connection);
  }
  asio::co_spawn(executor, connection->Serve(), [this, connection](std::exception_ptr exception) {
    LogException(exception);
    absl::MutexLock lock(&mutex_);
    connections_.erase(connection.get());
  });
}

std::vector<std::shared_ptr<ServerConnection>> Server::State::LiveConnections() {
  std::vector<std::shared_ptr<ServerConnection>> live;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, connection] : connections_) {
    if (std::shared_ptr<ServerConnection> alive = connection.lock())
      live.push_back(std::move(alive));
  }
  return live;
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options, Handler handler) {
  auto state = std::make_unique<State>(options, std::move(handler));
  CS_RETURN_IF_ERROR(state->Start(State::Transport::kTls));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

absl::StatusOr<std::unique_ptr<Server>> Server::StartUnsafePlaintext(const Options& options,
                                                                     Handler handler) {
  auto state = std::make_unique<State>(options, std::move(handler));
  CS_RETURN_IF_ERROR(state->Start(State::Transport::kUnsafePlaintext));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() = default;

int Server::port() const { return state_->port(); }

void Server::RetireConnections() { state_->RetireConnections(); }

void Server::Drain(absl::Time deadline) { state_->Drain(deadline); }

}  // namespace countersign::http

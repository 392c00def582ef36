#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_CONNECTION_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_CONNECTION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/connection_places.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/system/error_code.hpp"
#include "http/server/respond.h"
#include "http/server/server_request_reader.h"
#include "http/server/server_shared.h"
#include "http/server/server_stream.h"

namespace countersign::http {

// One client's connection, from its first byte to the close. Everything but Finish, Abort, GoOn and what
// a reply does runs on the socket's executor, one thing at a time.
class ServerConnection : public std::enable_shared_from_this<ServerConnection>,
                         private Reply::Taker {
 public:
  // Who it is to ServerShared::places, and what its requests say of it (see ServerRequest).
  struct Peer {
    base::ConnectionPlaces::Id place;
    std::string address;
  };
  // `shared` must outlive the connection. Without `tls` the bytes go as they are.
  ServerConnection(boost::asio::ip::tcp::socket socket, Peer peer,
                   std::shared_ptr<boost::asio::ssl::context> tls, ServerShared* shared);

  // Serves requests until either side ends it.
  boost::asio::awaitable<void> Serve();

  // For any thread. Finish ends the connection once no request is in progress (see
  // ServerShared::draining), Abort at once. GoOn says that its turn has come (ConnectionPlaces).
  void Finish();
  void Abort();
  void GoOn();

 private:
  using Error = boost::system::error_code;
  using Clock = boost::asio::steady_timer::clock_type;
  // What the clock may interrupt, and how: what waits, so that an answer can still be written; or
  // all.
  enum class Interrupt { kWaiting, kAll };

  // These give whether the connection may go on.
  boost::asio::awaitable<bool> AwaitFirstByte();
  boost::asio::awaitable<bool> AwaitTurn();
  boost::asio::awaitable<bool> Handshake();
  boost::asio::awaitable<bool> WaitForRequest();
  boost::asio::awaitable<bool> ServeOne();
  boost::asio::awaitable<Error> ReadBody(ServerRequestReader& reader);
  boost::asio::awaitable<bool> Answer(ServerResponse response, bool with_body, bool keep_alive);
  boost::asio::awaitable<bool> Refuse(ServerResponse response);
  boost::asio::awaitable<bool> RefuseFault(Error error);

  boost::asio::awaitable<ServerResponse> Ask(ServerRequest request);
  boost::asio::awaitable<void> Discard();
  boost::asio::awaitable<void> Close();

  boost::asio::ip::tcp::socket& socket() { return stream_.socket(); }
  // Of the reply that is owed.
  void Take(ServerResponse response) override;
  bool Schedule(std::function<void()> task) override;

  void SetKnown();
  void Complain(std::string_view what) { shared_.complaints.Add(what, peer_.address); }
  void StartClock(absl::Duration timeout, Interrupt interrupt);
  void StopClock() { ends_at_ = Clock::time_point::max(); }
  void RunClock();
  void InterruptNow(Interrupt interrupt);

  ServerShared& shared_;
  const Peer peer_;
  ServerStream stream_;
  // Interrupts at `ends_at_`, the end of what is timed now. It is left to run if it runs out sooner, and
  // then goes on: most of what is timed ends long before its time, many times a second.
  boost::asio::steady_timer clock_;
  bool clock_runs_ = false;
  Clock::time_point ends_at_ = Clock::time_point::max();
  Interrupt at_end_ = Interrupt::kAll;
  // Never runs out: cancelled when what is waited for is there, an answer or a turn.
  boost::asio::steady_timer arrived_;
  boost::beast::flat_buffer buffer_;
  // The response that Ask awaits, once it is there; and what keeps the connection until then.
  std::optional<ServerResponse> response_;
  std::shared_ptr<ServerConnection> owes_reply_;
  // ConnectionPlaces::SetKnown was called.
  bool known_ = false;
  // Nothing of a request has come.
  bool between_requests_ = true;
  bool waits_for_turn_ = false;
  bool timed_out_ = false;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_CONNECTION_H_

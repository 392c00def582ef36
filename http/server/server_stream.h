#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_STREAM_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_STREAM_H_

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/system/error_code.hpp"

namespace countersign::http {

// A connection's bytes, through TLS or as they are. Until its handshake begins a connection costs a
// socket and no more; after it, while nothing is on its way, some kilobytes: OpenSSL works on the
// socket itself, without buffers between (Asio's stream has 70 KB of them a connection).
//
// Everything runs on the socket's executor, one thing at a time. Not thread-safe.
class ServerStream {
 public:
  using Error = boost::system::error_code;
  using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  // Without a context the bytes are as they are.
  ServerStream(boost::asio::ip::tcp::socket socket, TlsContext context);
  ServerStream(const ServerStream&) = delete;
  ServerStream& operator=(const ServerStream&) = delete;

  boost::asio::any_io_executor get_executor() { return socket_.get_executor(); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

  // All of these end with operation_aborted once Interrupt was called; asio::error::eof: the client
  // has ended what it sends.

  // Waits until there is something to read. Takes no memory for it.
  Awaitable<Error> AwaitBytes();
  // Does nothing without TLS. Errors of TLS are those of Asio's SSL category.
  Awaitable<Error> Handshake();
  // At least one byte, if there is no error.
  Awaitable<std::pair<Error, size_t>> ReadSome(boost::asio::mutable_buffer bytes);
  Awaitable<Error> Write(std::string_view bytes);
  // Says goodbye, and waits for the client to say so.
  Awaitable<void> Shutdown();

  // Ends what waits, and all later waits until Resume. The connection itself is as it was.
  void Interrupt();
  void Resume() { interrupted_ = false; }

  // Whether the handshake has shown who the client is, by a certificate.
  bool has_proven_client() const;
  // Why the client's certificate was refused, with its names; "" if it was not.
  const std::string& refusal() const { return refusal_; }

 private:
  struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Awaitable<Error> Wait(boost::asio::ip::tcp::socket::wait_type what);
  // What to do about the result of an SSL_ function: no error means to call it again.
  Awaitable<Error> Follow(int result);

  boost::asio::ip::tcp::socket socket_;
  const TlsContext context_;
  std::unique_ptr<SSL, SslDeleter> tls_;
  std::string refusal_;
  bool interrupted_ = false;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_STREAM_H_

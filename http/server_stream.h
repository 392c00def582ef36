#ifndef COUNTERSIGN_HTTP_SERVER_STREAM_H_
#define COUNTERSIGN_HTTP_SERVER_STREAM_H_

#include <memory>
#include <optional>
#include <utility>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"

namespace countersign::http {

// A connection's bytes, through TLS or as they are: what Asio and Beast call a stream
// (AsyncReadStream and AsyncWriteStream). Not thread-safe.
class ServerStream {
 public:
  using executor_type = boost::asio::any_io_executor;
  using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

  // Without a context the bytes are as they are.
  ServerStream(boost::asio::ip::tcp::socket socket, TlsContext context)
      : socket_(std::move(socket)), context_(std::move(context)) {
    if (context_ != nullptr) tls_.emplace(socket_, *context_);
  }

  executor_type get_executor() { return socket_.get_executor(); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }
  bool IsTls() const { return tls_.has_value(); }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_.has_value()) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_.has_value()) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // With TLS only.
  template <typename Token>
  auto async_handshake(Token&& token) {
    return tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Token>(token));
  }
  template <typename Token>
  auto async_shutdown(Token&& token) {
    return tls_->async_shutdown(std::forward<Token>(token));
  }

 private:
  boost::asio::ip::tcp::socket socket_;
  const TlsContext context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_STREAM_H_

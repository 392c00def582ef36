#include "http/server/server_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

#include "boost/asio/as_tuple.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/ssl/error.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "http/server/tls_clients.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = ServerStream::Error;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

int SocketOf(BIO* bio) { return *static_cast<int*>(BIO_get_data(bio)); }

bool IsNotYet() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int WriteToSocket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  // OpenSSL's own would raise SIGPIPE where the client has gone.
  const ssize_t written = ::send(SocketOf(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (written < 0 && IsNotYet()) BIO_set_retry_write(bio);
  return static_cast<int>(written);
}

int ReadFromSocket(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t read = ::recv(SocketOf(bio), bytes, static_cast<size_t>(size), 0);
  if (read < 0 && IsNotYet()) BIO_set_retry_read(bio);
  return static_cast<int>(read);
}

long ControlSocket(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int DestroySocket(BIO* bio) {
  delete static_cast<int*>(BIO_get_data(bio));
  return 1;
}

// The socket's bytes, for OpenSSL; the socket stays its owner's.
BIO* NewSocketBio(int socket) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "server");
    BIO_meth_set_write(made, &WriteToSocket);
    BIO_meth_set_read(made, &ReadFromSocket);
    BIO_meth_set_ctrl(made, &ControlSocket);
    BIO_meth_set_destroy(made, &DestroySocket);
    return made;
  }();
  BIO* const bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, new int(socket));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

ServerStream::ServerStream(Tcp::socket socket, TlsContext context)
    : socket_(std::move(socket)), context_(std::move(context)) {
  Error ignored;
  socket_.non_blocking(true, ignored);
}

asio::awaitable<Error> ServerStream::AwaitBytes() {
  // What was read ahead of the last record may be in there, too.
  if (tls_ != nullptr && SSL_has_pending(tls_.get()) != 0) co_return Error();
  co_return co_await Wait(Tcp::socket::wait_read);
}

asio::awaitable<Error> ServerStream::Handshake() {
  if (context_ == nullptr) co_return Error();
  tls_.reset(SSL_new(context_->native_handle()));
  BIO* const bio = tls_ == nullptr ? nullptr : NewSocketBio(socket_.native_handle());
  if (bio == nullptr) co_return make_error_code(boost::system::errc::not_enough_memory);
  SSL_set_bio(tls_.get(), bio, bio);
  KeepRefusalOf(tls_.get(), &refusal_);
  while (true) {
    ERR_clear_error();
    const int result = SSL_accept(tls_.get());
    if (result == 1) break;
    const Error error = co_await Follow(result);
    if (error) co_return error;
  }
  // After the handshake it is the client's turn. One that waits for an acknowledgement before it
  // sends more (Nagle's algorithm) would otherwise wait for 40 ms.
  const int yes = 1;
  setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
  co_return Error();
}

asio::awaitable<std::pair<Error, size_t>> ServerStream::ReadSome(asio::mutable_buffer bytes) {
  while (true) {
    Error error;
    if (tls_ == nullptr) {
      const size_t read = socket_.read_some(asio::buffer(bytes), error);
      if (error != asio::error::would_block) co_return std::pair(error, read);
      error = co_await Wait(Tcp::socket::wait_read);
    } else {
      size_t read = 0;
      ERR_clear_error();
      const int result = SSL_read_ex(tls_.get(), bytes.data(), bytes.size(), &read);
      if (result == 1) co_return std::pair(Error(), read);
      error = co_await Follow(result);
    }
    if (error) co_return std::pair(error, size_t{0});
  }
}

asio::awaitable<Error> ServerStream::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    Error error;
    size_t written = 0;
    if (tls_ == nullptr) {
      written = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
      if (error == asio::error::would_block) error = co_await Wait(Tcp::socket::wait_write);
    } else {
      ERR_clear_error();
      const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written);
      if (result != 1) error = co_await Follow(result);
    }
    if (error) co_return error;
    bytes.remove_prefix(written);
  }
  co_return Error();
}

asio::awaitable<void> ServerStream::Shutdown() {
  // Not after a handshake or a record that failed: OpenSSL allows no more then.
  if (tls_ == nullptr || !SSL_is_init_finished(tls_.get())) co_return;
  while (true) {
    ERR_clear_error();
    const int result = SSL_shutdown(tls_.get());
    if (result == 1) co_return;
    if (result == 0) continue;  // ours is sent; now theirs is read
    const Error error = co_await Follow(result);
    if (error) co_return;
  }
}

bool ServerStream::has_proven_client() const {
  return tls_ != nullptr && (SSL_get_verify_mode(tls_.get()) & SSL_VERIFY_PEER) != 0 &&
         SSL_get0_peer_certificate(tls_.get()) != nullptr;
}

void ServerStream::Interrupt() {
  interrupted_ = true;
  Error ignored;
  socket_.cancel(ignored);
}

asio::awaitable<Error> ServerStream::Wait(Tcp::socket::wait_type what) {
  if (interrupted_) co_return asio::error::operation_aborted;
  const auto [error] = co_await socket_.async_wait(what, kAsTuple);
  co_return interrupted_ ? Error(asio::error::operation_aborted) : error;
}

asio::awaitable<Error> ServerStream::Follow(int result) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      co_return co_await Wait(Tcp::socket::wait_read);
    case SSL_ERROR_WANT_WRITE:
      co_return co_await Wait(Tcp::socket::wait_write);
    case SSL_ERROR_SSL:
      co_return Error(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category());
    default:
      co_return asio::error::eof;
  }
}

}  // namespace countersign::http

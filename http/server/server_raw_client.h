#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_RAW_CLIENT_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_RAW_CLIENT_H_

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "boost/asio/buffer.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/asio/write.hpp"
#include "http/test_authority.h"

namespace countersign::http {

// A client that says what it is told to, with TLS or without.
class RawClient {
 public:
  explicit RawClient(int port, int max_tls_version = TLS1_3_VERSION)
      : RawClient(port, "127.0.0.1", max_tls_version) {}
  // All of 127.0.0.0/8 is this machine's: a client can come from any of them.
  RawClient(int port, const std::string& source, int max_tls_version = TLS1_3_VERSION)
      : stream_(io_, context_) {
    SSL_set_max_proto_version(stream_.native_handle(), max_tls_version);
    stream_.next_layer().open(boost::asio::ip::tcp::v4());
    stream_.next_layer().bind({boost::asio::ip::make_address(source), 0});
    stream_.next_layer().connect(
        {boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)});
  }

  bool Handshake() {
    boost::system::error_code error;
    stream_.handshake(boost::asio::ssl::stream_base::client, error);
    return !error;
  }
  void ShowCertificate(const TestAuthority::KeyPair& pair) {
    SSL_use_certificate_chain_file(stream_.native_handle(), pair.cert_file.c_str());
    SSL_use_PrivateKey_file(stream_.native_handle(), pair.key_file.c_str(), SSL_FILETYPE_PEM);
  }
  void OfferProtocols(std::string_view protocols) {
    SSL_set_alpn_protos(stream_.native_handle(),
                        reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
  }
  std::string Protocol() {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(stream_.native_handle(), &name, &length);
    return std::string(reinterpret_cast<const char*>(name), length);
  }

  void Write(std::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(stream_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  // In one segment, each in a record of its own.
  void WriteTogether(const std::vector<std::string_view>& records) {
    SetCork(1);
    for (const std::string_view record : records) Write(record);
    SetCork(0);
  }
  void WritePlain(std::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(stream_.next_layer(), boost::asio::buffer(bytes.data(), bytes.size()),
                       ignored);
  }
  // Whether something has come that was not read: an answer, but with TLS 1.3, whose servers speak
  // unasked.
  bool HasBytes() { return stream_.next_layer().available() > 0; }
  // What comes until the server closes.
  std::string ReadAll() { return ReadAllOf(stream_); }
  std::string ReadAllPlain() { return ReadAllOf(stream_.next_layer()); }
  // The next bytes that come.
  std::string ReadSome() {
    char bytes[4096];
    boost::system::error_code error;
    return std::string(bytes, stream_.read_some(boost::asio::buffer(bytes), error));
  }

 private:
  void SetCork(int holds) {
    setsockopt(stream_.next_layer().native_handle(), IPPROTO_TCP, TCP_CORK, &holds, sizeof(holds));
  }

  template <typename Stream>
  static std::string ReadAllOf(Stream& stream) {
    std::string bytes;
    boost::system::error_code ignored;
    boost::asio::read(stream, boost::asio::dynamic_buffer(bytes), ignored);
    return bytes;
  }

  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_RAW_CLIENT_H_

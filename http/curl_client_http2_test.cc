// CurlClient against an HTTP/2 server that goes in the middle (RFC 9113, section 6.8).

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/asio/write.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/curl_client.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using base::IsOk;
using base::StatusIs;
using Tcp = asio::ip::tcp;
using Tls = asio::ssl::stream<Tcp::socket>;

constexpr char kHeaders = 1;
constexpr char kSettings = 4;
constexpr char kGoAway = 7;
constexpr char kEndStream = 1;
constexpr char kEndHeaders = 4;

std::string Number(uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

std::string Frame(char kind, int flags, uint32_t stream, std::string_view content) {
  return absl::StrCat(Number(static_cast<uint32_t>(content.size())).substr(1),
                      std::string{kind, static_cast<char>(flags)}, Number(stream), content);
}

// ":status: 200", and nothing else (RFC 7541, appendix A).
std::string Ok(uint32_t stream) {
  return Frame(kHeaders, kEndStream | kEndHeaders, stream, "\x88");
}

// "The highest of your streams that I have looked at is `last`, and I am going", without an error.
std::string GoAway(uint32_t last) { return Frame(kGoAway, 0, 0, Number(last) + Number(0)); }

// A server that writes what it is told to in answer to the first request of each connection, and
// closes that.
class Http2Server {
 public:
  // `answer`: of the connection's number, from 1 on, and the request's stream.
  using Answer = std::function<std::string(int connection, uint32_t stream)>;

  Http2Server(const TestAuthority::KeyPair& pair, Answer answer)
      : answer_(std::move(answer)),
        acceptor_(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    context_.use_certificate_chain_file(pair.cert_file);
    context_.use_private_key_file(pair.key_file, asio::ssl::context::pem);
    SSL_CTX_set_alpn_select_cb(
        context_.native_handle(),
        [](SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char*, unsigned,
           void*) {
          *chosen = reinterpret_cast<const unsigned char*>("h2");
          *size = 2;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    thread_ = std::thread([this] { Run(); });
  }
  // Whoever connects last is told to go.
  ~Http2Server() {
    is_ending_ = true;
    asio::io_context io;
    Tcp::socket(io).connect(acceptor_.local_endpoint());
    thread_.join();
  }

  std::string url() const {
    return absl::StrCat("https://127.0.0.1:", acceptor_.local_endpoint().port(), "/");
  }
  int connections() const { return connections_; }

 private:
  void Run() {
    while (true) {
      Tls stream(io_, context_);
      acceptor_.accept(stream.next_layer());
      if (is_ending_) return;
      Serve(stream);
    }
  }

  void Serve(Tls& stream) {
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    ++connections_;
    constexpr size_t kPrefaceBytes = 24;
    Read(stream, kPrefaceBytes);
    Write(stream, Frame(kSettings, 0, 0, ""));
    while (true) {
      const std::string head = Read(stream, 9);
      if (head.size() < 9) return;
      const auto byte = [&head](size_t i) { return static_cast<unsigned char>(head[i]); };
      Read(stream, byte(0) << 16 | byte(1) << 8 | byte(2));
      if (head[3] != kHeaders) continue;
      Write(stream, answer_(connections_, byte(7) << 8 | byte(8)));
      // Until the client has read it.
      stream.next_layer().shutdown(Tcp::socket::shutdown_send, error);
      while (!Read(stream, 1).empty()) {
      }
      return;
    }
  }

  static std::string Read(Tls& stream, size_t count) {
    std::string bytes(count, '\0');
    boost::system::error_code error;
    bytes.resize(asio::read(stream, asio::buffer(bytes), error));
    return bytes;
  }
  static void Write(Tls& stream, const std::string& bytes) {
    boost::system::error_code ignored;
    asio::write(stream, asio::buffer(bytes), ignored);
  }

  const Answer answer_;
  std::atomic<bool> is_ending_ = false;
  std::atomic<int> connections_ = 0;
  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_server};
  Tcp::acceptor acceptor_;
  std::thread thread_;
};

class CurlClientHttp2Test : public testing::Test {
 protected:
  absl::StatusOr<ClientResponse> Send(const Http2Server& server, const std::string& method) {
    CurlClient::Options options;
    options.only_ca_pem = authority_.CaPem();
    ClientRequest request;
    request.method = method;
    request.url = server.url();
    return (*CurlClient::Create(options))->Send(request, base::Soon());
  }

  TestAuthority authority_;
};

TEST_F(CurlClientHttp2Test, WhoGoesInTheMiddleIsAskedOnceMoreOnANewConnection) {
  for (const uint32_t looked_at : {0U, 1U}) {
    for (const char* method : {"GET", "HEAD"}) {
      const Http2Server server(authority_.Issue(), [looked_at](int connection, uint32_t stream) {
        return connection == 1 ? GoAway(looked_at) : Ok(stream);
      });
      const absl::StatusOr<ClientResponse> response = Send(server, method);
      ASSERT_THAT(response, IsOk()) << method << " " << looked_at;
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(server.connections(), 2);
    }
  }
}

TEST_F(CurlClientHttp2Test, WhoGoesAfterTheAnswerHasAnswered) {
  const Http2Server server(authority_.Issue(), [](int, uint32_t stream) {
    return absl::StrCat(GoAway(stream), Ok(stream));
  });
  EXPECT_THAT(Send(server, "GET"), IsOk());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlClientHttp2Test, WhoAlwaysGoesIsAskedTwiceAtMost) {
  const Http2Server server(authority_.Issue(), [](int, uint32_t) { return GoAway(1); });
  EXPECT_THAT(Send(server, "GET"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace countersign::http

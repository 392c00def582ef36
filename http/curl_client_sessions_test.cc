// What a CurlClient's new connections take over of earlier ones, as a TLS server sees it.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/asio/write.hpp"
#include "boost/system/error_code.hpp"
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
using testing::ElementsAre;
using Tcp = asio::ip::tcp;
using Tls = asio::ssl::stream<Tcp::socket>;

// Answers one request on each connection, one connection after the other, and says of each whether its TLS
// session is that of an earlier one.
class OneAnswerServer {
 public:
  explicit OneAnswerServer(const TestAuthority::KeyPair& pair)
      : acceptor_(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    context_.use_certificate_chain_file(pair.cert_file);
    context_.use_private_key_file(pair.key_file, asio::ssl::context::pem);
    thread_ = std::thread([this] { Run(); });
  }
  // Whoever connects last is told to go.
  ~OneAnswerServer() {
    {
      absl::MutexLock lock(&mutex_);
      is_ending_ = true;
    }
    asio::io_context io;
    Tcp::socket(io).connect(acceptor_.local_endpoint());
    thread_.join();
  }

  std::string url(std::string_view host) const {
    return absl::StrCat("https://", host, ":", acceptor_.local_endpoint().port(), "/");
  }
  std::vector<bool> resumed() const {
    absl::MutexLock lock(&mutex_);
    return resumed_;
  }

 private:
  void Run() {
    while (true) {
      Tls stream(io_, context_);
      acceptor_.accept(stream.next_layer());
      absl::MutexLock lock(&mutex_);
      if (is_ending_) return;
      Serve(stream);
    }
  }

  // Whoever does not trust it goes.
  void Serve(Tls& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    boost::system::error_code error;
    stream.handshake(Tls::server, error);
    std::string head;
    std::string part(4096, '\0');
    while (!error && !absl::StrContains(head, "\r\n\r\n")) {
      head.append(part, 0, stream.read_some(asio::buffer(part), error));
    }
    if (error) return;
    resumed_.push_back(SSL_session_reused(stream.native_handle()) == 1);
    asio::write(stream,
                asio::buffer(std::string_view(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")),
                error);
    stream.shutdown(error);
  }

  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_server};
  Tcp::acceptor acceptor_;
  mutable absl::Mutex mutex_;
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<bool> resumed_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

class CurlClientSessionsTest : public testing::Test {
 protected:
  std::unique_ptr<CurlClient> Trusting(const std::vector<std::string>& pem) {
    CurlClient::Options options;
    options.extra_ca_pem = pem;
    return *CurlClient::Create(options);
  }

  absl::Status Get(Client& client, bool insecure = false, std::string_view host = "127.0.0.1") {
    ClientRequest request;
    request.url = server_.url(host);
    request.insecure_skip_tls_verification = insecure;
    return client.Send(request, base::Soon()).status();
  }

  TestAuthority authority_;
  OneAnswerServer server_{authority_.Issue()};
};

TEST_F(CurlClientSessionsTest, AnotherConnectionGoesOnWithTheSession) {
  const std::unique_ptr<CurlClient> client = Trusting({authority_.CaPem()});
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Get(*client), IsOk());
  EXPECT_THAT(server_.resumed(), ElementsAre(false, true, true));
}

TEST_F(CurlClientSessionsTest, AnotherNameOrClientHasASessionOfItsOwn) {
  const std::unique_ptr<CurlClient> client = Trusting({authority_.CaPem()});
  ASSERT_THAT(Get(*client), IsOk());
  ASSERT_THAT(Get(*client, /*insecure=*/false, "localhost"), IsOk());
  ASSERT_THAT(Get(*Trusting({authority_.CaPem()})), IsOk());
  EXPECT_THAT(server_.resumed(), ElementsAre(false, false, false));
}

TEST_F(CurlClientSessionsTest, ASessionThatWasNotVerifiedIsNoneForWhoVerifies) {
  const std::unique_ptr<CurlClient> client = Trusting({});
  ASSERT_THAT(Get(*client, /*insecure=*/true), IsOk());
  EXPECT_THAT(Get(*client), StatusIs(absl::StatusCode::kUnavailable));
  ASSERT_THAT(Get(*client, /*insecure=*/true), IsOk());
  EXPECT_THAT(server_.resumed(), ElementsAre(false, true));
}

}  // namespace
}  // namespace countersign::http

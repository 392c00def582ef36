// How often a question is sent, and when it counts as sent.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "shim/grpc_verifier_client.h"

namespace countersign::shim {
namespace {

using base::StatusIs;

// A port of 127.0.0.1 that is listened on by nobody else.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~Listener() { close(socket_); }

  int socket() const { return socket_; }
  const std::string& address() const { return address_; }

 private:
  const int socket_;
  std::string address_;
};

// A verifier that takes connections and falls over each question: HTTP/2 (RFC 9113) as far as it gets.
class DyingVerifier {
 public:
  DyingVerifier() {
    EXPECT_EQ(listen(listener_.socket(), 16), 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~DyingVerifier() {
    shutdown(listener_.socket(), SHUT_RDWR);
    thread_.join();
  }

  const std::string& address() const { return listener_.address(); }
  int questions() const { return questions_; }

 private:
  static constexpr size_t kPrefaceBytes = 24;
  static constexpr size_t kFrameHeaderBytes = 9;
  static constexpr char kDataFrame = 0;

  void Run() {
    while (true) {
      const int connection = accept(listener_.socket(), nullptr, nullptr);
      if (connection < 0) return;
      const timeval patience = {.tv_sec = 5};
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
      FallOver(connection);
      close(connection);
    }
  }

  // Until a question comes, or the client goes.
  void FallOver(int connection) {
    // An empty SETTINGS frame makes the connection ready.
    constexpr std::string_view kSettings("\0\0\0\4\0\0\0\0\0", kFrameHeaderBytes);
    if (send(connection, kSettings.data(), kSettings.size(), MSG_NOSIGNAL) < 0) return;
    if (!Skip(connection, kPrefaceBytes)) return;
    while (true) {
      unsigned char header[kFrameHeaderBytes];
      if (recv(connection, header, sizeof(header), MSG_WAITALL) != sizeof(header)) return;
      if (header[3] == kDataFrame) {
        ++questions_;
        return;
      }
      if (!Skip(connection, header[0] << 16 | header[1] << 8 | header[2])) return;
    }
  }

  static bool Skip(int connection, size_t bytes) {
    std::string skipped(bytes, '\0');
    return bytes == 0 ||
           recv(connection, skipped.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
  }

  const Listener listener_;
  std::atomic<int> questions_ = 0;
  std::thread thread_;
};

std::unique_ptr<GrpcVerifierClient> ClientOf(std::initializer_list<std::string> addresses) {
  absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> client =
      GrpcVerifierClient::Create({.target = absl::StrCat("ipv4:", absl::StrJoin(addresses, ","))});
  EXPECT_THAT(client, base::IsOk());
  return *std::move(client);
}

CallResult<v1::VerifyImagesResponse> Ask(GrpcVerifierClient& client) {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference("nginx");
  return client.VerifyImages(request, base::Soon());
}

TEST(Sending, AQuestionThatKillsReachesTwoVerifiersAtMost) {
  DyingVerifier a, b, c;
  const auto client = ClientOf({a.address(), b.address(), c.address()});
  const CallResult<v1::VerifyImagesResponse> result = Ask(*client);
  EXPECT_FALSE(result.answer.ok());
  EXPECT_FALSE(result.never_sent);
  EXPECT_GE(a.questions() + b.questions() + c.questions(), 1);
  EXPECT_LE(a.questions() + b.questions() + c.questions(), 2);
}

TEST(Sending, ALoneVerifierIsAskedTwiceAtMost) {
  DyingVerifier verifier;
  const auto client = ClientOf({verifier.address()});
  const CallResult<v1::VerifyImagesResponse> result = Ask(*client);
  EXPECT_FALSE(result.answer.ok());
  EXPECT_FALSE(result.never_sent);
  EXPECT_LE(verifier.questions(), 2);
}

TEST(Sending, APolicyIsSentTwiceAtMostToo) {
  DyingVerifier a, b;
  const auto client = ClientOf({a.address(), b.address()});
  EXPECT_FALSE(client->ValidatePolicy(v1::ValidatePolicyRequest(), base::Soon()).ok());
  EXPECT_LE(a.questions() + b.questions(), 2);
}

TEST(Sending, WithoutAConnectionNothingIsSent) {
  // Bound, so that nobody else is there, but not listening.
  const Listener nobody;
  const auto client = ClientOf({nobody.address()});
  for (int i = 0; i < 2; ++i) {
    const CallResult<v1::VerifyImagesResponse> result = Ask(*client);
    EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(result.never_sent);
  }
}

// Whoever fills the queue chooses how little time is left for others when their turn comes.
TEST(Sending, WithoutTimeToFindAConnectionItIsLate) {
  const Listener nobody;
  const auto client = ClientOf({nobody.address()});
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference("nginx");
  const CallResult<v1::VerifyImagesResponse> result =
      client->VerifyImages(request, base::In(absl::Milliseconds(100)));
  EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(result.never_sent);
}

TEST(Sending, AConnectionThatDoesNotSpeakIsNone) {
  // The system takes the connection, and nobody answers.
  const Listener silent;
  ASSERT_EQ(listen(silent.socket(), 16), 0);
  const auto client = ClientOf({silent.address()});
  const CallResult<v1::VerifyImagesResponse> result = Ask(*client);
  EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(result.never_sent);
}

}  // namespace
}  // namespace countersign::shim

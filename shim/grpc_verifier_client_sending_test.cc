// How often a question is sent, and when it counts as sent.

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "shim/grpc_verifier_client.h"
#include "shim/test_verifier_server.h"

namespace countersign::shim {
namespace {

using base::StatusIs;

// A verifier that takes connections and falls over each question: HTTP/2 (RFC 9113) as far as it gets.
class DyingVerifier {
 public:
  DyingVerifier() {
    EXPECT_EQ(listen(port_.socket(), 16), 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~DyingVerifier() {
    shutdown(port_.socket(), SHUT_RDWR);
    thread_.join();
  }

  std::string address() const { return port_.address(); }
  int questions() const { return questions_; }

 private:
  static constexpr size_t kPrefaceBytes = 24;
  static constexpr size_t kFrameHeaderBytes = 9;
  static constexpr char kDataFrame = 0;

  void Run() {
    while (true) {
      const int connection = accept(port_.socket(), nullptr, nullptr);
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

  const ReservedPort port_;
  std::atomic<int> questions_ = 0;
  std::thread thread_;
};

std::unique_ptr<GrpcVerifierClient> ClientOfAll(std::initializer_list<std::string> addresses) {
  return ClientOf(absl::StrCat("ipv4:", absl::StrJoin(addresses, ",")));
}

CallResult<v1::VerifyImagesResponse> Send(GrpcVerifierClient& client,
                                          absl::Time deadline = base::Soon()) {
  v1::VerifyImagesRequest request;
  request.add_images()->set_reference("nginx");
  return client.VerifyImages(request, deadline, {});
}

TEST(Sending, AQuestionThatKillsReachesTwoVerifiersAtMost) {
  DyingVerifier a, b, c;
  const auto client = ClientOfAll({a.address(), b.address(), c.address()});
  const CallResult<v1::VerifyImagesResponse> result = Send(*client);
  EXPECT_FALSE(result.answer.ok());
  EXPECT_FALSE(result.never_sent);
  EXPECT_GE(a.questions() + b.questions() + c.questions(), 1);
  EXPECT_LE(a.questions() + b.questions() + c.questions(), 2);
}

TEST(Sending, ALoneVerifierIsAskedTwiceAtMost) {
  DyingVerifier verifier;
  const auto client = ClientOfAll({verifier.address()});
  const CallResult<v1::VerifyImagesResponse> result = Send(*client);
  EXPECT_FALSE(result.answer.ok());
  EXPECT_FALSE(result.never_sent);
  EXPECT_LE(verifier.questions(), 2);
}

TEST(Sending, APolicyIsSentTwiceAtMostToo) {
  DyingVerifier a, b;
  const auto client = ClientOfAll({a.address(), b.address()});
  EXPECT_FALSE(client->ValidatePolicy(v1::ValidatePolicyRequest(), base::Soon(), {}).ok());
  EXPECT_LE(a.questions() + b.questions(), 2);
}

TEST(Sending, WithoutAConnectionNothingIsSent) {
  const ReservedPort nobody;
  const auto client = ClientOfAll({nobody.address()});
  // However long there would be.
  for (const absl::Time deadline : {base::Soon(), absl::InfiniteFuture()}) {
    const CallResult<v1::VerifyImagesResponse> result = Send(*client, deadline);
    EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(result.never_sent);
  }
}

// Whoever fills the queue chooses how little time is left for others when their turn comes.
TEST(Sending, WithoutTimeToFindAConnectionItIsLate) {
  const ReservedPort nobody;
  const auto client = ClientOfAll({nobody.address()});
  const CallResult<v1::VerifyImagesResponse> result =
      Send(*client, base::In(absl::Milliseconds(100)));
  EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(result.never_sent);
}

TEST(Sending, AConnectionThatDoesNotSpeakIsNone) {
  // The system takes the connection, and nobody answers.
  const ReservedPort silent;
  ASSERT_EQ(listen(silent.socket(), 16), 0);
  const auto client = ClientOfAll({silent.address()});
  const CallResult<v1::VerifyImagesResponse> result = Send(*client);
  EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(result.never_sent);
}

}  // namespace
}  // namespace countersign::shim

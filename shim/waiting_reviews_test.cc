// Reviews over sockets, from the HTTP server to a verifier, that take their time.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/respond.h"
#include "http/server/server.h"
#include "shim/grpc_verifier_client.h"
#include "shim/policy_webhook.h"
#include "shim/routes.h"
#include "shim/test_verifier_server.h"
#include "shim/webhook.h"

namespace countersign::shim {
namespace {

using testing::HasSubstr;

// A connection to the server that asks in plain HTTP.
class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval patience = {.tv_sec = absl::ToInt64Seconds(base::kPatience)};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Ask(std::string_view timeout) {
    constexpr std::string_view kReview =
        R"({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u",
            "kind": {"version": "v1", "kind": "Pod"}, "operation": "CREATE",
            "object": {"spec": {"containers": [{"image": "nginx"}]}}}})";
    const std::string bytes =
        absl::StrCat("POST /signing-policy-check?timeout=", timeout,
                     " HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n",
                     "Content-Length: ", kReview.size(), "\r\n\r\n", kReview);
    EXPECT_EQ(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string ReadAll() {
    std::string all;
    char bytes[4096];
    for (ssize_t read = 0; (read = recv(socket_, bytes, sizeof(bytes), 0)) > 0;) {
      all.append(bytes, static_cast<size_t>(read));
    }
    return all;
  }

 private:
  const int socket_;
};

// The shim in front of a verifier at `target`.
class Shim {
 public:
  explicit Shim(std::string target) : verifier(ClientOf(std::move(target))) {
    http::Server::Options options;
    options.max_unanswered_per_source = 1000;
    auto started = http::Server::StartUnsafePlaintext(
        options, [this](http::ServerRequest request, http::Reply reply) {
          routes.Handle(std::move(request), std::move(reply));
        });
    EXPECT_THAT(started, base::IsOk());
    server = *std::move(started);
  }

  std::unique_ptr<GrpcVerifierClient> verifier;
  Webhook webhook{verifier.get(), {}};
  const PolicyWebhook policy_webhook{verifier.get()};
  Routes routes{&webhook, &policy_webhook, [](absl::Time) { return absl::OkStatus(); }};
  std::unique_ptr<http::Server> server;
};

// A verifier that takes one connection, reads all that it is asked, and says nothing but that it speaks HTTP/2
// (RFC 9113).
class SilentVerifier {
 public:
  SilentVerifier() {
    EXPECT_EQ(listen(port_.socket(), 16), 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~SilentVerifier() {
    shutdown(port_.socket(), SHUT_RDWR);
    thread_.join();
  }
  std::string address() const { return port_.address(); }

 private:
  void Run() {
    const int connection = accept(port_.socket(), nullptr, nullptr);
    if (connection < 0) return;
    constexpr std::string_view kSettings("\0\0\0\4\0\0\0\0\0", 9);
    EXPECT_EQ(send(connection, kSettings.data(), kSettings.size(), MSG_NOSIGNAL), 9);
    char bytes[4096];
    while (recv(connection, bytes, sizeof(bytes), 0) > 0) {
    }
    close(connection);
  }

  const ReservedPort port_;
  std::thread thread_;
};

std::ptrdiff_t Threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST(WaitingReviews, AtASilentVerifierTakeNoThreadsAndAreDeniedByTheirDeadline) {
  constexpr int kReviews = 200;
  // It may begin some of its own meanwhile, such as for timers.
  constexpr std::ptrdiff_t kThreadsOfGrpc = 4;
  const SilentVerifier verifier;
  {
    Shim shim(verifier.address());
    // Connects. From here on it is connected.
    Client first(shim.server->port());
    first.Ask("1s");
    EXPECT_THAT(first.ReadAll(), HasSubstr(R"("allowed":false)"));
    ASSERT_EQ(shim.verifier->ConnectionState(), "ready");
    const std::ptrdiff_t before = Threads();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < kReviews; ++i) {
      clients.push_back(std::make_unique<Client>(shim.server->port()));
      clients.back()->Ask("4s");
    }
    EXPECT_TRUE(
        base::Eventually([&] { return shim.webhook.images_in_progress() == size_t{kReviews}; }));
    EXPECT_LE(Threads(), before + kThreadsOfGrpc);
    for (const auto& client : clients) {
      EXPECT_THAT(client->ReadAll(), HasSubstr(R"("allowed":false)"));
    }
    EXPECT_EQ(shim.webhook.images_in_progress(), 0u);
    EXPECT_LE(Threads(), before + kThreadsOfGrpc);
  }
}

// Everything is asked once more elsewhere, on threads that wait.
TEST(WaitingReviews, ThatAreTurnedAwayAreAnsweredElsewhere) {
  TestVerifierServer a("a"), b("b");
  Shim shim(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*shim.verifier, {&a, &b});
  a.service.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  b.service.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  a.service.calls = b.service.calls = 0;
  Client client(shim.server->port());
  client.Ask("10s");
  EXPECT_THAT(client.ReadAll(), HasSubstr(R"("allowed":false)"));
  EXPECT_EQ(a.service.calls, 1);
  EXPECT_EQ(b.service.calls, 1);
}

TEST(WaitingReviews, ASlowAnswerIsTheAnswer) {
  TestVerifierServer verifier("a");
  Shim shim(verifier.address());
  Connect(*shim.verifier, {&verifier});
  absl::Notification release;
  verifier.service.meanwhile = [&release] { EXPECT_TRUE(base::Await(release)); };
  verifier.service.answer = grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "words");
  Client client(shim.server->port());
  client.Ask("10s");
  EXPECT_TRUE(base::Eventually([&] { return shim.webhook.images_in_progress() == 1; }));
  release.Notify();
  EXPECT_THAT(client.ReadAll(), HasSubstr(R"("allowed":false)"));
  EXPECT_TRUE(base::Eventually([&] { return shim.webhook.images_in_progress() == 0; }));
}

}  // namespace
}  // namespace countersign::shim

#include "shim/grpc_verifier_client.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "base/trace_context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/affinity.h"
#include "shim/test_verifier_server.h"

namespace countersign::shim {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;

TEST(GrpcVerifierClient, AsksAndGetsTheAnswer) {
  TestVerifierServer server("a");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), IsOkAndHolds("a1"));
}

// As large as a policy may be, and asked again elsewhere.
TEST(GrpcVerifierClient, AsksAboutAPolicyToo) {
  TestVerifierServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  a.service.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  v1::ValidatePolicyRequest request;
  request.set_policy_json(std::string(2 << 20, ' '));
  for (int i = 0; i < 4; ++i) {
    const auto response = client->ValidatePolicy(request, base::Soon(), {});
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->problems(0).message(), "b2097152");
  }
  b.service.answer = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not listed");
  EXPECT_THAT(client->ValidatePolicy(request, base::Soon(), {}),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("not listed")));
}

TEST(GrpcVerifierClient, TheSameImagesReachTheSameVerifier) {
  TestVerifierServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  const std::string digest = absl::StrCat("@sha256:", std::string(64, 'a'));
  const std::string of_a = ImageOfFirst({a.address(), b.address()});
  const std::string of_b = ImageOfFirst({b.address(), a.address()});
  for (const std::string& end : {std::string(), std::string(":1"), digest, ":1" + digest}) {
    EXPECT_THAT(Ask(*client, of_a + end), IsOkAndHolds("a1"));
    EXPECT_THAT(Ask(*client, of_b + end), IsOkAndHolds("b1"));
  }
  // Those of another client, too, to which they were told in another order.
  const auto other = ClientOf(absl::StrCat("ipv4:", b.address(), ",", a.address()));
  Connect(*other, {&a, &b});
  for (TestVerifierServer* server : {&a, &b}) {
    EXPECT_TRUE(base::Eventually([&] {
      return Ask(*other, server == &a ? of_a : of_b).value() == server->service.name + "1";
    }));
  }
}

TEST(GrpcVerifierClient, PoliciesGoRound) {
  TestVerifierServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  for (int i = 0; i < 40; ++i) {
    EXPECT_THAT(client->ValidatePolicy(v1::ValidatePolicyRequest(), base::Soon(), {}), IsOk());
  }
  EXPECT_GT(a.service.calls, 10);
  EXPECT_GT(b.service.calls, 10);
}

TEST(GrpcVerifierClient, OneThatRefusesIsReplacedByAnother) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::RESOURCE_EXHAUSTED,
        grpc::StatusCode::CANCELLED}) {
    TestVerifierServer a("a"), b("b");
    const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
    Connect(*client, {&a, &b});
    const std::string image = ImageOfFirst({a.address(), b.address()});
    EXPECT_THAT(Ask(*client, image), IsOkAndHolds("a1"));
    const int before = a.service.calls;
    a.service.answer = grpc::Status(code, "not now");
    for (int i = 0; i < 5; ++i) EXPECT_THAT(Ask(*client, image), IsOkAndHolds("b1"));
    EXPECT_GT(a.service.calls, before);
  }
}

TEST(GrpcVerifierClient, OneThatHasMoreThanItsShareIsPassedOver) {
  TestVerifierServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  const std::string image = ImageOfFirst({a.address(), b.address()});
  absl::Notification release;
  a.service.calls = 0;
  a.service.meanwhile = [&release] { EXPECT_TRUE(base::Await(release)); };
  std::vector<std::thread> asking;
  for (size_t i = 0; i < kCallsWithoutBound; ++i) {
    asking.emplace_back([&] { EXPECT_THAT(Ask(*client, image), IsOkAndHolds("a1")); });
  }
  EXPECT_TRUE(base::Eventually([&] { return a.service.calls == kCallsWithoutBound; }));
  EXPECT_THAT(Ask(*client, image), IsOkAndHolds("b1"));
  release.Notify();
  for (std::thread& thread : asking) thread.join();
  EXPECT_THAT(Ask(*client, image), IsOkAndHolds("a1"));
}

TEST(GrpcVerifierClient, WhereThereIsNoOtherTheSameIsAskedAgain) {
  TestVerifierServer server("a");
  server.service.answer = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "not now");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), StatusIs(absl::StatusCode::kResourceExhausted, "not now"));
  EXPECT_EQ(server.service.calls, 2);
}

// Whatever was asked at that moment, and however many at once.
TEST(GrpcVerifierClient, OneThatDiesIsReplacedByAnother) {
  auto a = std::make_unique<TestVerifierServer>("a");
  TestVerifierServer b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a->address(), ",", b.address()));
  Connect(*client, {a.get(), &b});
  const std::string image = ImageOfFirst({a->address(), b.address()});
  std::atomic<bool> stop = false;
  std::vector<std::thread> asking;
  for (int i = 0; i < 4; ++i) {
    asking.emplace_back([&] {
      while (!stop) EXPECT_THAT(Ask(*client, image), IsOk());
    });
  }
  const auto await_many = [](const TestVerifierServer& server) {
    const int before = server.service.calls;
    EXPECT_TRUE(base::Eventually([&] { return server.service.calls > before + 100; }));
  };
  await_many(*a);
  a.reset();
  await_many(b);
  stop = true;
  for (std::thread& thread : asking) thread.join();
}

TEST(GrpcVerifierClient, ACallThatIsCutOffIsAskedElsewhere) {
  auto a = std::make_unique<TestVerifierServer>("a");
  TestVerifierServer b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a->address(), ",", b.address()));
  Connect(*client, {a.get(), &b});
  const std::string image = ImageOfFirst({a->address(), b.address()});
  a->service.calls = 0;
  a->service.hangs = true;
  std::thread asking([&] { EXPECT_THAT(Ask(*client, image), IsOkAndHolds("b1")); });
  EXPECT_TRUE(base::Eventually([&] { return a->service.calls > 0; }));
  a.reset();
  asking.join();
}

TEST(GrpcVerifierClient, OneThatComesBackIsWaitedFor) {
  const ReservedPort port;
  auto server = std::make_unique<TestVerifierServer>("a", port.port());
  const auto client = ClientOf(port.address());
  EXPECT_THAT(Ask(*client), IsOk());
  server.reset();
  // So many attempts to connect that the pauses between them are at their longest.
  for (int i = 0; i < 2; ++i) EXPECT_THAT(Ask(*client), StatusIs(absl::StatusCode::kUnavailable));
  server = std::make_unique<TestVerifierServer>("b", port.port());
  EXPECT_THAT(Ask(*client), IsOkAndHolds("b1"));
}

// What was answered late, or by one that is busy, was sent: it is no outage, whatever the code.
TEST(GrpcVerifierClient, TheDeadlineHoldsAndWhatIsLateWasSent) {
  TestVerifierServer server("a");
  server.service.hangs = true;
  const auto client = ClientOf(server.address());
  EXPECT_THAT(client->CheckHealth(base::Soon()), IsOk());
  const CallResult<v1::VerifyImagesResponse> result =
      client->VerifyImages(v1::VerifyImagesRequest(), base::In(absl::Milliseconds(200)), {});
  EXPECT_THAT(result.answer, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(result.never_sent);
}

TEST(GrpcVerifierClient, WhatIsTurnedAwayWasSentAndIsSentTwiceAtMost) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::RESOURCE_EXHAUSTED,
        grpc::StatusCode::CANCELLED}) {
    TestVerifierServer a("a"), b("b"), c("c");
    for (TestVerifierServer* server : {&a, &b, &c})
      server->service.answer = grpc::Status(code, "not now");
    const auto client =
        ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address(), ",", c.address()));
    const CallResult<v1::VerifyImagesResponse> result =
        client->VerifyImages(v1::VerifyImagesRequest(), base::Soon(), {});
    EXPECT_THAT(result.answer, StatusIs(static_cast<absl::StatusCode>(code), "not now"));
    EXPECT_FALSE(result.never_sent);
    EXPECT_EQ(a.service.calls + b.service.calls + c.service.calls, 2);
  }
}

TEST(GrpcVerifierClient, ErrorsKeepTheirCodeAndWords) {
  TestVerifierServer server("a");
  server.service.answer = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "images: too many");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), StatusIs(absl::StatusCode::kInvalidArgument, "images: too many"));
  EXPECT_EQ(server.service.calls, 1);
}

TEST(GrpcVerifierClient, AnAnswerIsTakenWhateverItsSize) {
  // ResourceExhausted may count as "no verifier answered", so nobody may be able to bring it about
  // by long names.
  TestVerifierServer server("a");
  server.service.response_bytes = 12 << 20;
  const auto client = ClientOf(server.address());
  EXPECT_THAT(Ask(*client), IsOk());
}

TEST(GrpcVerifierClient, ALargeQuestionIsTriedAgainToo) {
  TestVerifierServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  a.service.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  v1::VerifyImagesRequest request;
  const std::string image = ImageOfFirst({a.address(), b.address()});
  for (int i = 0; i < 250; ++i) {
    request.add_images()->set_reference(absl::StrCat(image, ":", std::string(4000, 't')));
  }
  a.service.calls = 0;
  EXPECT_THAT(client->VerifyImages(request, base::Soon(), {}).answer, IsOk());
  EXPECT_EQ(a.service.calls, 1);
}

TEST(GrpcVerifierClient, HealthIsTheVerifiersOwn) {
  TestVerifierServer server("a");
  const auto client = ClientOf(server.address());
  EXPECT_THAT(client->CheckHealth(base::Soon()), IsOk());
  EXPECT_EQ(server.service.asked_service, "countersign.v1.Verifier");
  server.service.health = HealthCheckResponse::NOT_SERVING;
  EXPECT_THAT(client->CheckHealth(base::Soon()), StatusIs(absl::StatusCode::kUnavailable));
  server.service.health = HealthCheckResponse::UNKNOWN;
  EXPECT_THAT(client->CheckHealth(base::Soon()), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(GrpcVerifierClient, SaysWhichOptionIsWrong) {
  const std::pair<GrpcVerifierClient::Options, std::string> cases[] = {
      {{}, "the verifier's address is missing"},
      {{.target = "a:1", .ca_file = "/nowhere"}, "the verifier's CA: /nowhere cannot be read"},
      {{.target = "a:1", .cert_file = "/nowhere"}, "needed together"},
      {{.target = "a:1", .key_file = "/nowhere"}, "needed together"},
      {{.target = "a:1", .cert_file = "/nowhere", .key_file = "/nowhere"},
       "the client's certificate: /nowhere cannot be read"},
      {{.target = "a:1", .server_name = "verifier", .insecure_plaintext = true}, "plaintext"},
      {{.target = "a:1", .ca_file = "/dev/null", .insecure_plaintext = true}, "plaintext"},
      {{.target = "ipv4:a:1"}, "ipv4:a:1 is no gRPC target"},
  };
  for (const auto& [options, reason] : cases) {
    EXPECT_THAT(GrpcVerifierClient::Create(options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(reason)));
  }
}

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(GrpcVerifierClient, TellsInWhichSpanItAsks) {
  TestVerifierServer server("a");
  const auto client = ClientOf(server.address());
  const auto ask = [&](const base::TraceContext& trace) {
    EXPECT_THAT(client->VerifyImages(v1::VerifyImagesRequest(), base::Soon(), trace).answer,
                IsOk());
    return server.service.traceparent();
  };
  EXPECT_EQ(ask(*base::ParseTraceparent(kTraceparent)), absl::StrCat(kTraceparent, " "));
  EXPECT_EQ(ask({}), "");
}

TEST(GrpcVerifierClient, TellsAnotherVerifierTheSameSpan) {
  TestVerifierServer a("a"), b("b");
  const auto client = ClientOf(absl::StrCat("ipv4:", a.address(), ",", b.address()));
  Connect(*client, {&a, &b});
  a.service.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now");
  // In the round one of two of them begins with the one that fails.
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(client
                    ->VerifyImages(v1::VerifyImagesRequest(), base::Soon(),
                                   *base::ParseTraceparent(kTraceparent))
                    .answer,
                IsOk());
  }
  EXPECT_GT(a.service.calls, 0);
  EXPECT_EQ(b.service.traceparent(), absl::StrCat(kTraceparent, " "));
}

}  // namespace
}  // namespace countersign::shim

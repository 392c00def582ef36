#include "shim/routes.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/deadline.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/source_shares.h"
#include "base/status_matchers.h"
#include "base/trace_context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/server/respond.h"
#include "shim/fake_verifier.h"

namespace countersign::shim {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::HasSubstr;
using testing::StartsWith;

const absl::Time kReceived = absl::FromUnixSeconds(1'700'000'000);

TEST(AnswerDeadline, LeavesTimeForRoundingAndTheWayBack) {
  const std::pair<std::string_view, absl::Duration> cases[] = {
      {"", absl::Seconds(8.75)},
      {"timeout=10s", absl::Seconds(8.75)},
      {"timeout=30s", absl::Seconds(28.75)},
      {"timeout=2s", absl::Seconds(1)},
      {"timeout=1s", absl::Seconds(0.5)},
      {"timeout=500ms", absl::Seconds(0.25)},
      {"timeout=1m", absl::Seconds(28.75)},
      {"timeout=1h", absl::Seconds(28.75)},
      {"timeout=1.5s", absl::Seconds(0.75)},
      {"timeout=2s500ms", absl::Seconds(1.25)},
      {"other=1&timeout=4s&x", absl::Seconds(2.75)},
      {"othertimeout=4s", absl::Seconds(8.75)},
  };
  for (const auto& [query, left] : cases) {
    EXPECT_THAT(AnswerDeadline(kReceived, query), IsOkAndHolds(kReceived + left)) << query;
  }
}

// As an API server asks: the seconds of timeoutSeconds, of which up to one may not be there.
TEST(AnswerDeadline, OfEveryTimeoutThatAWebhookCanHaveThereIsTimeLeftForTheAnswer) {
  for (int seconds = 1; seconds <= 30; ++seconds) {
    const absl::StatusOr<absl::Time> deadline =
        AnswerDeadline(kReceived, absl::StrCat("timeout=", seconds, "s"));
    ASSERT_THAT(deadline, base::IsOk());
    EXPECT_GT(*deadline, kReceived);
    const absl::Duration left = kReceived + absl::Seconds(seconds) - *deadline;
    EXPECT_GE(left, std::min(absl::Seconds(1.25), absl::Seconds(seconds) / 2)) << seconds;
  }
}

TEST(AnswerDeadline, WhatIsNoDurationIsRefused) {
  for (const std::string_view query :
       {"timeout=", "timeout=10", "timeout=soon", "timeout=0s", "timeout=-1s", "timeout=10 s",
        "timeout=10s ", "timeout=1d", "timeout=10s&timeout=x", "timeout=0", "timeout=inf",
        "timeout=-inf", "timeout=0x10s", "timeout=1e3s", "timeout=10S", "timeout=.s"}) {
    EXPECT_THAT(AnswerDeadline(kReceived, query), StatusIs(absl::StatusCode::kInvalidArgument))
        << query;
  }
}

// Takes a reply; what needs a thread is done at once.
class Answered final : public http::Reply::Taker {
 public:
  Answered(const Routes& routes, http::ServerRequest request) {
    routes.Handle(std::move(request), http::Reply(this));
  }
  void Take(http::ServerResponse response) override { response_ = std::move(response); }
  bool Schedule(std::function<void()> task) override {
    ++threads_;
    task();
    return true;
  }

  bool is_there() const { return response_.has_value(); }
  const http::ServerResponse& response() const { return response_.value(); }
  int threads() const { return threads_; }

 private:
  std::optional<http::ServerResponse> response_;
  int threads_ = 0;
};

class RoutesTest : public testing::Test {
 protected:
  http::ServerResponse Send(std::string method, std::string path,
                            std::string content_type = "application/json", std::string body = "",
                            std::string query = "timeout=10s") {
    return Answered(routes_, {.method = std::move(method),
                              .path = std::move(path),
                              .query = std::move(query),
                              .content_type = std::move(content_type),
                              .body = std::move(body),
                              .received = kReceived,
                              .peer_address = "192.0.2.7"})
        .response();
  }

  http::ServerResponse Review(std::string body, std::string content_type = "application/json",
                              std::string query = "timeout=10s") {
    return Send("POST", "/signing-policy-check", std::move(content_type), std::move(body),
                std::move(query));
  }

  // Says of every policy that it is good, unless it is told to say nothing.
  class Validator final : public PolicyValidator {
   public:
    absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
        const v1::ValidatePolicyRequest&, absl::Time deadline,
        const base::TraceContext& trace) override {
      asked_until = deadline;
      asked_in = trace;
      if (!failure.ok()) return failure;
      return v1::ValidatePolicyResponse();
    }
    absl::Status failure;
    absl::Time asked_until;
    base::TraceContext asked_in;
  };

  FakeVerifier verifier_;
  Validator validator_;
  const PolicyWebhook policy_webhook_{&validator_};
  Webhook webhook_{&verifier_, {}};
  absl::Status readiness_;
  std::function<void()> on_check_;
  int checks_ = 0;
  base::FakeClock clock_;
  Routes routes_{&webhook_, &policy_webhook_,
                 [this](absl::Time deadline) {
                   ++checks_;
                   if (on_check_) on_check_();
                   EXPECT_LE(deadline, base::In(absl::Seconds(1)));
                   return readiness_;
                 },
                 &clock_};
};

constexpr char kReview[] = R"({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
  "request": {"uid": "u", "kind": {"version": "v1", "kind": "Pod"}, "operation": "CREATE",
              "object": {"spec": {"containers": [{"image": "nginx"}]}}}})";

TEST_F(RoutesTest, AReviewIsAnswered) {
  verifier_.Allow("nginx");
  const http::ServerResponse response = Review(kReview);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_THAT(response.body, HasSubstr(R"("allowed":true)"));
  EXPECT_THAT(verifier_.deadlines(), testing::ElementsAre(kReceived + absl::Seconds(8.75)));
  // Whatever the review says, this is where it came from.
  EXPECT_EQ(verifier_.requests().at(0).caller(), "192.0.2.7");
}

http::ServerRequest ReviewRequest(std::string body = kReview) {
  return {.method = "POST",
          .path = "/signing-policy-check",
          .content_type = "application/json",
          .body = std::move(body),
          .received = kReceived};
}

TEST_F(RoutesTest, AReviewThatWaitsForAVerifierTakesNoThread) {
  verifier_.Allow("nginx");
  verifier_.KeepTried();
  const Answered answered(routes_, ReviewRequest());
  EXPECT_FALSE(answered.is_there());
  EXPECT_EQ(webhook_.images_in_progress(), 1u);
  verifier_.AnswerKept();
  ASSERT_TRUE(answered.is_there());
  EXPECT_THAT(answered.response().body, HasSubstr(R"("allowed":true)"));
  EXPECT_EQ(answered.threads(), 0);
  EXPECT_EQ(webhook_.images_in_progress(), 0u);
}

TEST_F(RoutesTest, AReviewThatWaitsForAnythingElseTakesOne) {
  verifier_.Allow("nginx");
  const Answered large(routes_, ReviewRequest(kReview + std::string(64 << 10, ' ')));
  EXPECT_EQ(large.threads(), 1);
  EXPECT_THAT(large.response().body, HasSubstr(R"("allowed":true)"));
  std::string containers = R"({"image": "nginx"})";
  for (int i = 1; i < 33; ++i) {
    const std::string image = absl::StrCat("nginx:", i);
    verifier_.Allow(image);
    absl::StrAppend(&containers, R"(, {"image": ")", image, R"("})");
  }
  const Answered many(routes_, ReviewRequest(absl::StrReplaceAll(
                                   kReview, {{R"({"image": "nginx"})", containers}})));
  EXPECT_EQ(many.threads(), 1);
  EXPECT_THAT(many.response().body, HasSubstr(R"("allowed":true)"));
  verifier_.GoAway();
  const Answered unconnected(routes_, ReviewRequest());
  EXPECT_EQ(unconnected.threads(), 1);
  EXPECT_THAT(unconnected.response().body, HasSubstr(R"("allowed":false)"));
}

TEST_F(RoutesTest, AReviewThatIsTurnedAwayIsAskedAboutElsewhereByAThread) {
  verifier_.Allow("nginx");
  verifier_.TurnAwayFirst();
  const Answered answered(routes_, ReviewRequest());
  EXPECT_EQ(answered.threads(), 1);
  EXPECT_EQ(verifier_.elsewhere(), 1);
  EXPECT_EQ(verifier_.waited_for(), 0);
  EXPECT_THAT(answered.response().body, HasSubstr(R"("allowed":true)"));
}

TEST_F(RoutesTest, AReviewThatWasNotSentAfterAllIsAskedAboutByAThread) {
  verifier_.Allow("nginx");
  verifier_.LeaveUnsent();
  const Answered answered(routes_, ReviewRequest());
  EXPECT_EQ(answered.threads(), 1);
  EXPECT_EQ(verifier_.elsewhere(), 0);
  EXPECT_EQ(verifier_.waited_for(), 1);
  EXPECT_THAT(answered.response().body, HasSubstr(R"("allowed":true)"));
}

TEST_F(RoutesTest, ADenialIsAnAnswer) {
  const http::ServerResponse response = Review(kReview);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("allowed":false)"));
}

TEST_F(RoutesTest, AReviewIsAnsweredIfThereIsRoomForWhatWasReadOfIt) {
  for (const auto& [room, status] : {std::pair(100, 503), std::pair(1 << 20, 200)}) {
    base::SourceShares memory(room, /*weight=*/1);
    const auto claim = std::make_shared<base::SourceShares::Claim>(*memory.TryTake("s", 1));
    http::ServerRequest request = {.method = "POST",
                                   .path = "/signing-policy-check",
                                   .content_type = "application/json",
                                   .body = kReview,
                                   .received = kReceived,
                                   .memory = claim};
    const size_t asked = verifier_.requests().size();
    EXPECT_EQ(Answered(routes_, std::move(request)).response().status, status);
    const bool is_answered = status == 200;
    EXPECT_EQ(memory.held() > 1, is_answered);
    EXPECT_EQ(verifier_.requests().size() > asked, is_answered);
  }
}

TEST_F(RoutesTest, EachWebhookOfTheConfigurationsIsAnsweredAsItsPathSays) {
  verifier_.Allow("nginx");
  const std::string pinned = R"("patchType":"JSONPatch")";
  const auto answer = [this](const char* path) {
    return Send("POST", path, "application/json", kReview).body;
  };
  EXPECT_THAT(answer("/signing-policy-check"), HasSubstr(pinned));
  EXPECT_THAT(answer("/signing-policy-check/unpinned"), HasSubstr(R"("allowed":true)"));
  EXPECT_THAT(answer("/signing-policy-check/final"), HasSubstr("not pinned to the digest"));
  EXPECT_THAT(answer("/signing-policy-check/final/unpinned"), HasSubstr(R"("allowed":true)"));
  const std::vector<v1::VerifyImagesRequest> requests = verifier_.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_FALSE(requests[1].require_digest());
  EXPECT_TRUE(requests[2].require_digest());
  EXPECT_FALSE(requests[3].require_digest());
  EXPECT_EQ(Send("GET", "/signing-policy-check/final").status, 405);
}

constexpr char kPolicyReview[] = R"({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
  "request": {"uid": "u", "operation": "CREATE", "object": {},
              "kind": {"group": "signing.apps.tanzu.vmware.com", "version": "v1beta1",
                       "kind": "ClusterImagePolicy"}}})";

TEST_F(RoutesTest, APolicyIsValidatedInItsOwnPlace) {
  const http::ServerResponse response =
      Send("POST", "/validate-policy", "application/json", kPolicyReview);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("allowed":true)"));
  EXPECT_EQ(validator_.asked_until, kReceived + absl::Seconds(8.75));
  EXPECT_TRUE(verifier_.requests().empty());
  EXPECT_EQ(Send("GET", "/validate-policy").status, 405);
  EXPECT_EQ(Send("POST", "/validate-policy", "application/json", "{}").status, 400);
}

// So that the API server does what the webhook's failurePolicy says.
TEST_F(RoutesTest, APolicyThatNobodyCouldBeAskedAboutIsNotAnswered) {
  validator_.failure = absl::UnavailableError("gone\n");
  const http::ServerResponse response =
      Send("POST", "/validate-policy", "application/json", kPolicyReview);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body,
            "Not answered: no verifier said whether the policy is valid: try again in a moment.\n");
}

TEST_F(RoutesTest, WhatIsNoReviewIsABadRequest) {
  for (const char* body : {"", "x", "{}", R"({"kind": "Pod"})"}) {
    const http::ServerResponse response = Review(body);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, StartsWith("Refused: no usable AdmissionReview: ")) << body;
  }
}

TEST_F(RoutesTest, ATimeoutThatIsNoneIsABadRequest) {
  const http::ServerResponse response = Review(kReview, "application/json", "timeout=soon");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("timeout"));
  EXPECT_TRUE(verifier_.requests().empty());
}

TEST_F(RoutesTest, OnlyJsonIsTaken) {
  for (const char* type :
       {"application/json; charset=utf-8", "Application/JSON", "application/json ;x"}) {
    EXPECT_EQ(Review(kReview, type).status, 200) << type;
  }
  for (const char* type : {"", "text/json", "application/yaml", "application/jsonx", ";"}) {
    const http::ServerResponse response = Review(kReview, type);
    EXPECT_EQ(response.status, 415) << type;
    EXPECT_THAT(response.body, HasSubstr("application/json"));
  }
}

TEST_F(RoutesTest, OtherMethodsAndPathsAreRefused) {
  EXPECT_EQ(Send("GET", "/signing-policy-check").status, 405);
  EXPECT_EQ(Send("PUT", "/signing-policy-check").status, 405);
  EXPECT_EQ(Send("POST", "/healthz").status, 405);
  EXPECT_EQ(Send("POST", "/readyz").status, 405);
  for (const char* path : {"", "/", "/metrics", "/signing-policy-check/", "/healthz/"}) {
    EXPECT_EQ(Send("POST", path).status, 404) << path;
  }
}

TEST_F(RoutesTest, HealthNeedsNoVerifier) {
  readiness_ = absl::UnavailableError("gone");
  EXPECT_EQ(Send("GET", "/healthz").status, 200);
  EXPECT_EQ(checks_, 0);
}

TEST_F(RoutesTest, ReadinessIsTheVerifiers) { EXPECT_EQ(Send("GET", "/readyz").status, 200); }

TEST_F(RoutesTest, WithoutAVerifierItIsNotReady) {
  readiness_ = absl::UnavailableError("gone\n");
  const http::ServerResponse response = Send("GET", "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "Not ready: no verifier serves.\n");
  EXPECT_THAT(routes_.CheckStatus().details, testing::ElementsAre("no verifier serves: gone\n"));
}

TEST_F(RoutesTest, ReadinessIsAskedForOnceASecond) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Send("GET", "/readyz").status, 200);
  EXPECT_EQ(checks_, 1);
  readiness_ = absl::UnavailableError("gone");
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(Send("GET", "/readyz").status, 200);
  EXPECT_EQ(checks_, 1);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(Send("GET", "/readyz").status, 503);
  EXPECT_EQ(checks_, 2);
}

TEST_F(RoutesTest, ManyWhoAskForReadinessAreOneQuestion) {
  EXPECT_EQ(Send("GET", "/readyz").status, 200);
  clock_.Advance(absl::Seconds(1));
  // While the verifier is being asked, what it said last counts.
  on_check_ = [this] { EXPECT_EQ(Send("GET", "/readyz").status, 200); };
  readiness_ = absl::UnavailableError("gone");
  EXPECT_EQ(Send("GET", "/readyz").status, 503);
  EXPECT_EQ(checks_, 2);
}

TEST_F(RoutesTest, WhenItEndsItIsAliveAndNotReady) {
  verifier_.Allow("nginx");
  routes_.StartDraining();
  EXPECT_EQ(Send("GET", "/readyz").status, 503);
  EXPECT_EQ(Send("GET", "/healthz").status, 200);
  EXPECT_EQ(Review(kReview).status, 200);
}

TEST_F(RoutesTest, TheStatusPagesSayTheSame) {
  EXPECT_TRUE(routes_.CheckStatus().is_ready);
  routes_.StartDraining();
  EXPECT_FALSE(routes_.CheckStatus().is_ready);
  EXPECT_THAT(routes_.CheckStatus().details, testing::ElementsAre("the shim is ending"));
}

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

// Of each span: 01 02 03 and so on.
void Count(absl::Span<unsigned char> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i + 1);
}

TEST_F(RoutesTest, AVerifierIsAskedInASpanOfTheRequestsTrace) {
  Routes routes(&webhook_, &policy_webhook_, nullptr, &clock_, Count);
  const auto ask = [&](std::string traceparent) {
    Answered(routes, {.method = "POST",
                      .path = "/signing-policy-check",
                      .content_type = "application/json",
                      .traceparent = std::move(traceparent),
                      .body = kReview,
                      .received = kReceived});
    return verifier_.traces().back();
  };
  EXPECT_EQ(ask(absl::StrCat("00-", kTraceId, "-00f067aa0ba902b7-01")),
            (base::TraceContext{
                .trace_id = kTraceId, .span_id = "0102030405060708", .is_sampled = true}));
  // Without one, or with one that is none, in a trace of its own.
  const base::TraceContext own = {.trace_id = "090a0b0c0d0e0f101112131415161718",
                                  .span_id = "0102030405060708"};
  EXPECT_EQ(ask(""), own);
  EXPECT_EQ(ask(absl::StrCat("00-", kTraceId, "-00F067AA0BA902B7-01")), own);
}

TEST_F(RoutesTest, SoItIsAboutAPolicyAndTheLogSaysInWhich) {
  Routes routes(&webhook_, &policy_webhook_, nullptr, &clock_, Count);
  validator_.failure = absl::PermissionDeniedError("not listed");
  std::vector<std::string> lines;
  const base::ScopedLogSink sink([&lines](std::string_view line) { lines.emplace_back(line); });
  Answered(routes, {.method = "POST",
                    .path = "/validate-policy",
                    .content_type = "application/json",
                    .traceparent = absl::StrCat("00-", kTraceId, "-00f067aa0ba902b7-01"),
                    .body = kPolicyReview,
                    .received = kReceived});
  EXPECT_EQ(validator_.asked_in.trace_id, kTraceId);
  EXPECT_EQ(validator_.asked_in.span_id, "0102030405060708");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], AllOf(HasSubstr("could not be validated"), HasSubstr(kTraceId),
                              HasSubstr("0102030405060708")));
}

TEST_F(RoutesTest, EachReviewHasASpanOfItsOwn) {
  Review(kReview);
  Review(kReview);
  const std::vector<base::TraceContext> traces = verifier_.traces();
  ASSERT_EQ(traces.size(), 2u);
  EXPECT_TRUE(traces[0].IsThere());
  EXPECT_NE(traces[0].trace_id, traces[1].trace_id);
  EXPECT_NE(traces[0].span_id, traces[1].span_id);
}

}  // namespace
}  // namespace countersign::shim

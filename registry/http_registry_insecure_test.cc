// With whom an HttpRegistry speaks plain HTTP, and when.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/fake_client.h"
#include "registry/http_registry_fixture.h"

namespace countersign::registry {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using http::ClientRequest;
using http::ClientResponse;
using testing::ElementsAre;

TEST_F(HttpRegistryTest, PlainHttpIsNeverSpokenToWhoIsNotNamed) {
  world_ = [](const ClientRequest&) { return absl::UnavailableError("no TLS"); };
  for (const char* registry :
       {"reg.example", "127.0.0.1:5000", "localhost", "plain", "plain:5001"}) {
    repository_.registry = registry;
    EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kUnavailable, "no TLS"));
  }
  for (const ClientRequest& request : client_.Requests()) {
    EXPECT_THAT(request.url, testing::StartsWith("https://"));
    EXPECT_FALSE(request.insecure_skip_tls_verification);
  }
}

// Of the insecure registry plain:5000.
class InsecureRegistryTest : public HttpRegistryTest {
 protected:
  InsecureRegistryTest() { repository_.registry = "plain:5000"; }

  // The schemes that were spoken, of which certificates were not checked; then forgets them.
  std::vector<std::string> TakeSchemes() {
    std::vector<std::string> schemes;
    for (const std::string& line : TakeRequests()) {
      schemes.push_back(absl::StrContains(line, "https://plain:5000/") ? "https" : "http");
    }
    for (const ClientRequest& request : client_.Requests()) {
      EXPECT_TRUE(request.insecure_skip_tls_verification);
    }
    return schemes;
  }

  bool speaks_tls_ = false;
  http::FakeClient::World either_ =
      [this](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    const bool is_tls = absl::StartsWith(request.url, "https://");
    if (is_tls && !speaks_tls_) return absl::UnavailableError("no TLS");
    if (!is_tls && speaks_tls_) return Respond(400);
    return Respond(200, {}, kManifest);
  };
};

TEST_F(InsecureRegistryTest, TlsIsTriedFirst) {
  world_ = either_;
  speaks_tls_ = true;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeSchemes(), ElementsAre("https"));
}

TEST_F(InsecureRegistryTest, PlainHttpIsSpokenWhereThereIsNoTlsAndRemembered) {
  world_ = either_;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeSchemes(), ElementsAre("https", "http"));
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeSchemes(), ElementsAre("http"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeSchemes(), ElementsAre("https", "http"));
}

TEST_F(InsecureRegistryTest, WhoSpeaksTlsByNowIsFoundOut) {
  world_ = either_;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  speaks_tls_ = true;
  EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kFailedPrecondition));
  TakeSchemes();
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeSchemes(), ElementsAre("https"));
}

TEST_F(InsecureRegistryTest, ATlsServerThatFailedOnceIsNotTakenForPlain) {
  world_ = [](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    if (absl::StartsWith(request.url, "https://")) return absl::UnavailableError("cut short");
    return Respond(400);
  };
  EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kUnavailable, "cut short"));
  world_ = either_;
  speaks_tls_ = true;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
}

TEST_F(InsecureRegistryTest, APlainServerThatCallsHeadABadRequestIsNotTakenForOneOfTls) {
  world_ = [](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    if (absl::StartsWith(request.url, "https://")) return absl::UnavailableError("no TLS");
    return request.method == "HEAD" ? Respond(400) : Respond(200, {}, kManifest);
  };
  EXPECT_THAT(Resolve(), IsOkAndHolds(digest_));
}

TEST_F(InsecureRegistryTest, WhoIsNotThereIsToldOfOnce) {
  world_ = [](const ClientRequest& request) {
    return absl::UnavailableError(request.url.substr(0, 5));
  };
  EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kUnavailable, "https"));
}

}  // namespace
}  // namespace countersign::registry

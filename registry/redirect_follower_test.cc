#include "registry/redirect_follower.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/fake_client.h"
#include "http/client/url.h"
#include "registry/insecure_hosts.h"

namespace countersign::registry {
namespace {

using base::StatusIs;
using testing::ElementsAre;
using testing::IsEmpty;

// A world in which some URLs redirect to others, and every other one is answered with 200.
class RedirectFollowerTest : public testing::Test {
 protected:
  absl::StatusOr<RedirectFollower::Result> Send(
      std::string url, std::string method = "GET",
      RedirectFollower::Rules rules = {.targets = RedirectFollower::Targets::kAnywhere}) {
    http::ClientRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = {{"Accept", "x"}, {"authorization", "secret"}};
    return follower_.Send(request, rules, base::Soon());
  }

  std::vector<std::string> Urls() const {
    std::vector<std::string> urls;
    for (const http::ClientRequest& request : client_.Requests()) urls.push_back(request.url);
    return urls;
  }
  bool LastHadAuthorization() const { return client_.Requests().back().headers.size() == 2; }

  int status_ = 307;
  std::map<std::string, std::string> redirects_;
  http::FakeClient client_{[this](const http::ClientRequest& request) {
    http::ClientResponse response;
    response.status = 200;
    if (const auto found = redirects_.find(request.url); found != redirects_.end()) {
      response.status = status_;
      response.headers = {{"location", found->second}};
    }
    return response;
  }};
  const InsecureHosts insecure_{{"plain:5000"}};
  base::FakeClock clock_;
  RedirectFollower follower_{&client_, &insecure_, &clock_};
};

TEST_F(RedirectFollowerTest, ARedirectIsFollowedToItsEnd) {
  redirects_ = {{"https://a/1", "/2"}, {"https://a/2", "3?q"}};
  for (const int status : {301, 302, 303, 307, 308}) {
    status_ = status;
    const auto result = Send("https://a/1");
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->response.status, 200);
    EXPECT_EQ(result->url.ToString(), "https://a/3?q");
    EXPECT_FALSE(result->left_origin);
    EXPECT_TRUE(LastHadAuthorization());
  }
}

TEST_F(RedirectFollowerTest, AuthorizationStaysWithItsOrigin) {
  redirects_ = {{"https://a/1", "https://b/2"}, {"https://b/2", "https://a/3"}};
  const auto result = Send("https://a/1", "HEAD");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(Urls(), ElementsAre("https://a/1", "https://b/2", "https://a/3"));
  EXPECT_EQ(client_.Requests()[0].headers.size(), 2);
  EXPECT_EQ(client_.Requests()[1].headers.size(), 1);
  EXPECT_EQ(client_.Requests()[2].headers.size(), 1) << "what came from elsewhere is not trusted";
  EXPECT_TRUE(result->left_origin);
}

TEST_F(RedirectFollowerTest, AnotherPortIsAnotherOrigin) {
  redirects_ = {{"https://a/1", "https://a:444/2"}};
  EXPECT_TRUE(Send("https://a/1")->left_origin);
  EXPECT_FALSE(LastHadAuthorization());
}

TEST_F(RedirectFollowerTest, PlainHttpIsForInsecureHostsOnly) {
  redirects_ = {{"https://a/1", "http://a/2"}, {"https://a/3", "http://plain:5000/4"}};
  EXPECT_THAT(Send("https://a/1"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "a redirects to plain HTTP on a"));
  EXPECT_THAT(Send("http://127.0.0.1/"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                  "127.0.0.1 is not to be asked by plain HTTP"));
  EXPECT_THAT(Urls(), ElementsAre("https://a/1"));
  EXPECT_THAT(Send("https://a/3"), base::IsOk());
  EXPECT_THAT(Send("http://plain:5000/"), base::IsOk());
}

TEST_F(RedirectFollowerTest, CertificatesAreCheckedButOnInsecureHosts) {
  redirects_ = {{"https://plain:5000/1", "https://a/2"}};
  EXPECT_THAT(Send("https://plain:5000/1"), base::IsOk());
  EXPECT_TRUE(client_.Requests()[0].insecure_skip_tls_verification);
  EXPECT_FALSE(client_.Requests()[1].insecure_skip_tls_verification);
}

TEST_F(RedirectFollowerTest, ALoopEnds) {
  redirects_ = {{"https://a/1", "/1"}};
  EXPECT_THAT(Send("https://a/1"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                            "a redirects again and again; 5 were followed"));
  EXPECT_EQ(Urls().size(), 6);
}

TEST_F(RedirectFollowerTest, FiveRedirectsAreFollowed) {
  redirects_ = {{"https://a/0", "/1"},
                {"https://a/1", "/2"},
                {"https://a/2", "/3"},
                {"https://a/3", "/4"},
                {"https://a/4", "/5"}};
  EXPECT_EQ(Send("https://a/0")->url.ToString(), "https://a/5");
}

TEST_F(RedirectFollowerTest, ALocationThatIsNoneIsRefused) {
  for (const char* location :
       {"", "ftp://a/", "https://user:word@a/", "https://a/ b", "https://:1/"}) {
    redirects_ = {{"https://a/1", location}};
    EXPECT_THAT(Send("https://a/1"),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         testing::StartsWith("a redirects to where nobody can go: ")))
        << location;
  }
}

TEST_F(RedirectFollowerTest, APostIsNotSentElsewhere) {
  redirects_ = {{"https://a/1", "/2"}};
  EXPECT_EQ(Send("https://a/1", "POST")->response.status, 307);
  EXPECT_THAT(Urls(), ElementsAre("https://a/1"));
}

TEST_F(RedirectFollowerTest, AnAnswerWithoutALocationIsTheAnswer) {
  const http::FakeClient::World bare = [](const http::ClientRequest&) {
    http::ClientResponse response;
    response.status = 302;
    return response;
  };
  http::FakeClient client(bare);
  RedirectFollower follower(&client, &insecure_, &clock_);
  http::ClientRequest request;
  request.url = "https://a/";
  EXPECT_EQ(follower.Send(request, {}, base::Soon())->response.status, 302);
}

TEST_F(RedirectFollowerTest, TheClientsErrorIsTheError) {
  http::FakeClient client(
      [](const http::ClientRequest&) { return absl::UnavailableError("down"); });
  http::ClientRequest request;
  request.url = "https://a/";
  EXPECT_THAT(RedirectFollower(&client, &insecure_, &clock_).Send(request, {}, base::Soon()),
              StatusIs(absl::StatusCode::kUnavailable, "down"));
}

TEST_F(RedirectFollowerTest, ManifestsAreFollowedToOtherRegistriesOnly) {
  const RedirectFollower::Rules rules = {.targets = RedirectFollower::Targets::kManifests};
  for (const char* location :
       {"https://b/v2/team/app/manifests/v1", "https://b:5000/v2/a/manifests/sha256:ab?ns=a",
        "http://plain:5000/v2/a/manifests/x", "https://b/v2/a/referrers/sha256:ab?n=2",
        "/anything/of/its/own"}) {
    redirects_ = {{"https://a/1", location}};
    EXPECT_THAT(Send("https://a/1", "GET", rules), base::IsOk()) << location;
  }
  for (const char* location :
       {"https://b/", "https://b/v2/a/blobs/x", "https://b/v2/manifests/x",
        "https://b/v2//manifests/x", "https://b/v2/a/manifests/", "https://b/v2/a/manifests/x/y",
        "https://b/x/v2/a/manifests/x", "https://b/api?/v2/a/manifests/x",
        "https://b/v2/..%2fapi/manifests/x", "https://b/v2/a/manifests/../../../api",
        "https://b/v2/a/manifests/x%2fy", "https://b/v2/referrers/x", "https://b/v2/a/referrers/",
        "https://b/v2/a/referrers/../x"}) {
    redirects_ = {{"https://a/1", location}};
    EXPECT_THAT(Send("https://a/1", "GET", rules),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         "a redirects to b, and there not to a manifest in a registry"))
        << location;
  }
  redirects_ = {{"https://a/1", "https://b/v2/a/manifests/x"},
                {"https://b/v2/a/manifests/x", "/internal"}};
  EXPECT_THAT(Send("https://a/1", "GET", rules), StatusIs(absl::StatusCode::kUnavailable));
  redirects_ = {{"https://a/1", "https://b/v2/a/manifests/x"}};
  EXPECT_THAT(Send("https://a/1", "GET", {}), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                       "a redirects to b, where this has no "
                                                       "business"));
}

TEST_F(RedirectFollowerTest, LocalAddressesAreForWhoIsNamed) {
  redirects_ = {{"https://a/1", "/2"},
                {"https://a/2", "https://b/3"},
                {"https://b/3", "https://plain:5000/4"},
                {"https://plain:5000/4", "https://a/5"}};
  const auto refused = [this] {
    std::vector<bool> all;
    for (const http::ClientRequest& request : client_.Requests()) {
      all.push_back(request.refuse_local_addresses);
    }
    return all;
  };
  EXPECT_THAT(Send("https://a/1"), base::IsOk());
  EXPECT_THAT(refused(), ElementsAre(false, false, true, false, false));
  EXPECT_THAT(Send("https://b/5", "GET", {.is_first_named = false}), base::IsOk());
  EXPECT_TRUE(client_.Requests().back().refuse_local_addresses);
}

TEST_F(RedirectFollowerTest, WhatFailsElsewhereIsOneErrorAndTheLogSaysMore) {
  std::vector<std::string> log;
  const base::ScopedLogSink sink([&log](std::string_view line) { log.emplace_back(line); });
  for (const absl::Status& failure :
       {absl::UnavailableError("b is not trusted"), absl::DeadlineExceededError("b hangs"),
        absl::FailedPreconditionError("b was not asked"), absl::ResourceExhaustedError("b"),
        absl::InvalidArgumentError("b")}) {
    http::FakeClient client(
        [&](const http::ClientRequest& request) -> absl::StatusOr<http::ClientResponse> {
          if (request.url != "https://a/") return failure;
          http::ClientResponse response;
          response.status = 302;
          response.headers = {{"location", "https://b/"}};
          return response;
        });
    http::ClientRequest request;
    request.url = "https://a/";
    EXPECT_THAT(RedirectFollower(&client, &insecure_, &clock_)
                    .Send(request, {.targets = RedirectFollower::Targets::kAnywhere}, base::Soon()),
                StatusIs(absl::StatusCode::kUnavailable,
                         "a redirects to b, which does not give what was asked for"));
  }
  ASSERT_EQ(log.size(), 5);
  EXPECT_THAT(log[0], testing::HasSubstr("b is not trusted"));
}

TEST_F(RedirectFollowerTest, TheLogSaysItOnceAMinute) {
  int lines = 0;
  const base::ScopedLogSink sink([&lines](std::string_view) { ++lines; });
  const http::Url target = *http::Url::Parse("https://b/");
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(follower_.TargetFailed("a", target, "x").ok());
  EXPECT_EQ(lines, 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(follower_.TargetFailed("a", target, "x").ok());
  EXPECT_EQ(lines, 2);
}

}  // namespace
}  // namespace countersign::registry

#include "registry/bearer_tokens.h"

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/fake_client.h"
#include "http/client/proxy.h"
#include "registry/credential.h"
#include "registry/insecure_hosts.h"
#include "registry/redirect_follower.h"
#include "registry/registry_host.h"
#include "registry/retry_after.h"

namespace countersign::registry {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Credential Basic(std::string username, std::string password) {
  Credential credential;
  credential.username = std::move(username);
  credential.password = std::move(password);
  return credential;
}

class BearerTokensTest : public testing::Test {
 protected:
  absl::StatusOr<std::string> Fetch(const Credential& credential = {}) {
    return tokens_.Fetch(request_, credential, named_by_, base::Soon());
  }
  void Answer(int status, std::string body) {
    response_.status = status;
    response_.body = std::move(body);
  }
  http::ClientRequest Last() const { return client_.Requests().back(); }

  http::ClientResponse response_;
  http::FakeClient client_{[this](const http::ClientRequest&) { return response_; }};
  base::FakeClock clock_;
  const InsecureHosts insecure_{{"plain:5000"}};
  RedirectFollower follower_{&client_, &insecure_, &clock_};
  BearerTokens tokens_{&follower_, &clock_, 10'000};
  BearerTokens::NamedBy named_by_ = BearerTokens::NamedBy::kRegistry;
  TokenRequest request_{"registry.example", "https://auth.example/token", "a service",
                        "repository:team/app:pull"};
};

TEST_F(BearerTokensTest, AnonymousTokensAreAskedForByGet) {
  Answer(200, R"({"token": "abc"})");
  EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
  EXPECT_EQ(Last().method, "GET");
  EXPECT_EQ(Last().url,
            "https://auth.example/token?service=a%20service&scope=repository%3Ateam%2Fapp%3Apull");
  EXPECT_TRUE(Last().headers.empty());
  EXPECT_FALSE(Last().insecure_skip_tls_verification);
}

TEST_F(BearerTokensTest, ARealmMayHaveAQueryAndNeedNoService) {
  Answer(200, R"({"token": "abc"})");
  request_.realm = "https://auth.example/token?tenant=x";
  request_.service = "";
  EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
  EXPECT_EQ(Last().url, "https://auth.example/token?tenant=x&scope=repository%3Ateam%2Fapp%3Apull");
}

TEST_F(BearerTokensTest, APasswordGoesAsBasicAuthentication) {
  Answer(200, R"({"access_token": "abc"})");
  EXPECT_THAT(Fetch(Basic("user", "password")), IsOkAndHolds("abc"));
  EXPECT_EQ(Last().headers, (http::Headers{{"Authorization", "Basic dXNlcjpwYXNzd29yZA=="}}));
  EXPECT_THAT(Last().url, Not(HasSubstr("password")));
}

TEST_F(BearerTokensTest, AnIdentityTokenGoesByPost) {
  Answer(200, R"({"access_token": "abc", "refresh_token": "ignored"})");
  Credential credential = Basic("user", "");
  credential.identity_token = "re+fresh";
  EXPECT_THAT(Fetch(credential), IsOkAndHolds("abc"));
  EXPECT_EQ(Last().method, "POST");
  EXPECT_EQ(Last().url, "https://auth.example/token");
  EXPECT_EQ(Last().body,
            "grant_type=refresh_token&client_id=containerd-client&service=a%20service"
            "&scope=repository%3Ateam%2Fapp%3Apull&refresh_token=re%2Bfresh");
  EXPECT_EQ(Last().headers, (http::Headers{{"Content-Type", "application/x-www-form-urlencoded"}}));
}

TEST_F(BearerTokensTest, ATokenIsKeptForItsTimeLessAMargin) {
  const struct {
    std::string_view expires_in;
    absl::Duration kept;
  } kCases[] = {
      {"", absl::Seconds(50)},
      {R"(, "expires_in": 300)", absl::Seconds(290)},
      {R"(, "expires_in": 0)", absl::Seconds(50)},
      {R"(, "expires_in": "soon")", absl::Seconds(50)},
      {R"(, "expires_in": 9223372036854775807)", absl::Minutes(60) - absl::Seconds(10)},
      // The service's clock may be wrong.
      {R"(, "expires_in": 300, "issued_at": "2001-01-01T00:00:00Z")", absl::Seconds(290)},
      {R"(, "expires_in": 300, "issued_at": "2999-01-01T00:00:00Z")", absl::Seconds(290)},
  };
  for (const auto& [expires_in, kept] : kCases) {
    Answer(200, absl::StrCat(R"({"token": "abc")", expires_in, "}"));
    EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
    clock_.Advance(kept - absl::Milliseconds(1));
    EXPECT_EQ(tokens_.Find(request_, {}), "abc") << expires_in;
    clock_.Advance(absl::Milliseconds(1));
    EXPECT_EQ(tokens_.Find(request_, {}), std::nullopt) << expires_in;
  }
}

TEST_F(BearerTokensTest, ATokenThatHardlyHoldsIsNotKept) {
  for (const std::string_view seconds : {"10", "1", "-5"}) {
    Answer(200, absl::StrCat(R"({"token": "abc", "expires_in": )", seconds, "}"));
    EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
    EXPECT_EQ(tokens_.Find(request_, {}), std::nullopt) << seconds;
  }
}

TEST_F(BearerTokensTest, ATokenServesOnlyWhatItWasGotFor) {
  Answer(200, R"({"token": "abc"})");
  const Credential credential = Basic("user", "password");
  ASSERT_THAT(Fetch(credential), IsOkAndHolds("abc"));
  EXPECT_EQ(tokens_.Find(request_, credential), "abc");
  EXPECT_EQ(tokens_.Find(request_, {}), std::nullopt);
  EXPECT_EQ(tokens_.Find(request_, Basic("user", "other")), std::nullopt);
  EXPECT_EQ(tokens_.Find(request_, Basic("userpassword", "")), std::nullopt);
  for (std::string TokenRequest::*field : {&TokenRequest::registry, &TokenRequest::realm,
                                           &TokenRequest::service, &TokenRequest::scope}) {
    TokenRequest other = request_;
    other.*field += "x";
    EXPECT_EQ(tokens_.Find(other, credential), std::nullopt);
  }
}

TEST_F(BearerTokensTest, ARefusalNamesTheTokenService) {
  Answer(401, "");
  EXPECT_THAT(Fetch(Basic("user", "password")),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "token service auth.example refused the credential (401 Unauthorized)"));
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnauthenticated,
                                "token service auth.example refused to answer without a credential "
                                "(401 Unauthorized)"));
  Answer(403, "");
  EXPECT_THAT(Fetch(Basic("user", "password")), StatusIs(absl::StatusCode::kPermissionDenied));
  Credential identity;
  identity.identity_token = "refresh";
  Answer(400, R"({"error": "invalid_grant"})");
  EXPECT_THAT(Fetch(identity),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "token service auth.example refused the credential (400 Bad Request)"));
}

TEST_F(BearerTokensTest, AServiceThatFailsIsNoRefusal) {
  const struct {
    int status;
    absl::StatusCode code;
  } kCases[] = {
      {500, absl::StatusCode::kUnavailable},        {503, absl::StatusCode::kUnavailable},
      {429, absl::StatusCode::kResourceExhausted},  {404, absl::StatusCode::kFailedPrecondition},
      {400, absl::StatusCode::kFailedPrecondition}, {302, absl::StatusCode::kFailedPrecondition},
  };
  for (const auto& [status, code] : kCases) {
    Answer(status, "");
    EXPECT_THAT(Fetch(), StatusIs(code, StartsWith("token service auth.example "))) << status;
  }
}

TEST_F(BearerTokensTest, AnAnswerThatIsNoTokenIsNotUnderstood) {
  const struct {
    std::string_view body;
    std::string_view why;
  } kCases[] = {
      {"", "is not a JSON object"},
      {"secret", "is not a JSON object"},
      {"[]", "is not a JSON object"},
      {"{}", "has no token"},
      {R"({"token": ""})", "has no token"},
      {R"({"token": 7})", "has a token that is not a string"},
      {R"({"token": "a\r\nX-Injected: b"})", "has a token that cannot be sent"},
      {R"({"token": "a b"})", "has a token that cannot be sent"},
  };
  for (const auto& [body, why] : kCases) {
    Answer(200, std::string(body));
    EXPECT_THAT(Fetch(),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         absl::StrCat("token service auth.example gave an answer that ", why)));
  }
}

TEST_F(BearerTokensTest, TheRealmMustBeHttpsUnlessInsecure) {
  Answer(200, R"({"token": "abc"})");
  request_.realm = "http://auth.example/token";
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                "the token service of registry registry.example: auth.example is "
                                "not to be asked by plain HTTP"));
  request_.realm = "Registry Realm";
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(client_.Requests().empty());
  request_.realm = "http://plain:5000/token";
  EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
}

TEST_F(BearerTokensTest, ATokenThatIsCreatedIsATokenToo) {
  Answer(201, R"({"token": "abc"})");
  EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
}

TEST_F(BearerTokensTest, WhereAnIdentityTokenIsRefusedThePasswordIsTried) {
  for (const int status : {400, 401, 403, 404, 405}) {
    http::FakeClient client([status](const http::ClientRequest& request) {
      http::ClientResponse response;
      response.status = request.method == "POST" ? status : 200;
      response.body = R"({"token": "abc"})";
      return response;
    });
    RedirectFollower follower(&client, &insecure_, &clock_);
    BearerTokens tokens(&follower, &clock_, 10'000);
    Credential credential = Basic("user", "password");
    credential.identity_token = "refresh";
    const absl::Time deadline = base::Soon();
    EXPECT_THAT(tokens.Fetch(request_, credential, named_by_, deadline), IsOkAndHolds("abc"));
    EXPECT_EQ(client.Requests().size(), 2) << status;
    EXPECT_EQ(tokens.Find(request_, credential), "abc");
    credential.password = "";
    EXPECT_FALSE(tokens.Fetch(request_, credential, named_by_, deadline).ok());
  }
}

TEST_F(BearerTokensTest, NoRegistryLeadsToThisMachineButByItsOwnName) {
  Answer(200, R"({"token": "abc"})");
  const struct {
    const char* registry;
    const char* realm;
    bool may_be_local;
  } kCases[] = {{"registry.example", "https://auth.example/token", false},
                {"registry.example", "https://localhost:8443/token", false},
                {"registry.example:5000", "https://registry.example/token", true},
                {"127.0.0.1:5000", "https://127.0.0.2/token", true},
                {"index.docker.io", "https://auth.docker.io/token", false}};
  for (const auto& test : kCases) {
    request_.registry = test.registry;
    request_.realm = test.realm;
    EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
    EXPECT_EQ(Last().refuse_local_addresses, !test.may_be_local) << test.realm;
  }
}

TEST_F(BearerTokensTest, AServiceThatOnlyARepositoryNamesTellsNothing) {
  named_by_ = BearerTokens::NamedBy::kRepository;
  for (const int status : {400, 401, 403, 404, 429, 500, 503}) {
    Answer(status, "secret");
    EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnauthenticated,
                                  "registry registry.example names a token service on auth.example "
                                  "for this repository alone, and that gave no token"))
        << status;
    EXPECT_TRUE(Last().refuse_local_addresses);
  }
  Answer(200, R"({"token": "abc"})");
  EXPECT_THAT(Fetch(), IsOkAndHolds("abc"));
}

TEST_F(BearerTokensTest, HowLongToLeaveItAloneGoesWithTheError) {
  Answer(429, "");
  response_.headers = {{"retry-after", "7"}};
  EXPECT_EQ(RetryAfterOf(Fetch().status()), absl::Seconds(7));
}

TEST_F(BearerTokensTest, NoLongerAnswerIsTakenThanATokenMayNeed) {
  Answer(200, R"({"token": "abc"})");
  ASSERT_THAT(Fetch(), base::IsOk());
  EXPECT_EQ(Last().max_response_bytes, kMaxLoginBytes);
}

TEST_F(BearerTokensTest, WhatIsKeptIsBoundedInBytes) {
  for (int i = 0; i < 20; ++i) {
    request_.scope = absl::StrCat(i);
    Answer(200, absl::StrCat(R"({"token": ")", std::string(3000, 'x'), i, "\"}"));
    EXPECT_THAT(Fetch(), base::IsOk());
  }
  int kept = 0;
  for (int i = 0; i < 20; ++i) {
    request_.scope = absl::StrCat(i);
    if (tokens_.Find(request_, {}).has_value()) ++kept;
  }
  EXPECT_EQ(kept, 3);
}

TEST_F(BearerTokensTest, AProxysFaultIsNeitherTheServicesNorTheRegistrys) {
  http::FakeClient client([](const http::ClientRequest&) {
    return http::ProxyFault("proxy.example:3128", "refused the connection");
  });
  RedirectFollower follower(&client, &insecure_, &clock_);
  EXPECT_THAT(BearerTokens(&follower, &clock_, 1000).Fetch(request_, {}, named_by_, base::Soon()),
              StatusIs(absl::StatusCode::kUnavailable,
                       "the proxy proxy.example:3128 refused the connection"));
}

}  // namespace
}  // namespace countersign::registry

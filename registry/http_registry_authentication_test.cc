// How an HttpRegistry shows a credential: what it is asked for, what it remembers of that, and whose
// word it takes for a refusal.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "registry/credential.h"
#include "registry/http_registry_fixture.h"

namespace countersign::registry {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using http::ClientRequest;
using http::ClientResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(HttpRegistryTest, APasswordGoesOnlyToWhoAsksForIt) {
  EXPECT_THAT(FetchTag(Basic("user", "password")), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Not(HasSubstr(" as "))));
}

TEST_F(HttpRegistryTest, BasicAuthenticationIsRemembered) {
  world_ = [](const ClientRequest& request) {
    if (Header(request, "Authorization") == "Basic dTpw") return Respond(200, {}, kManifest);
    return Challenge("Basic realm=\"x\"");
  };
  const std::string url = "GET https://reg.example/v2/team/app/manifests/v1";
  EXPECT_THAT(FetchTag(Basic("u", "p")), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(url, url + " as Basic dTpw"));
  EXPECT_THAT(FetchTag(Basic("u", "p")), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(url + " as Basic dTpw"));

  EXPECT_THAT(FetchTag(Basic("u", "secret")),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "registry reg.example refused the credential (401 Unauthorized)"));
  const std::string ping = "GET https://reg.example/v2/";
  EXPECT_THAT(TakeRequests(),
              ElementsAre(url + " as Basic dTpzZWNyZXQ=", ping, ping + " as Basic dTpzZWNyZXQ="))
      << "a refused password is not sent again, but to find out whether the account is refused";
  EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kUnauthenticated,
                                   "registry reg.example refused to answer without a credential "
                                   "(401 Unauthorized)"));
  EXPECT_THAT(TakeRequests(), ElementsAre(url));
}

TEST_F(HttpRegistryTest, WhatIsRememberedIsOfThatRegistry) {
  world_ = [](const ClientRequest& request) {
    if (absl::StrContains(request.url, "other.example")) return Respond(200, {}, kManifest);
    return Challenge("Basic realm=\"x\"");
  };
  EXPECT_THAT(FetchTag(Basic("u", "p")), StatusIs(absl::StatusCode::kUnauthenticated));
  TakeRequests();
  repository_.registry = "other.example";
  EXPECT_THAT(FetchTag(Basic("u", "p")), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre("GET https://other.example/v2/team/app/manifests/v1"));
}

TEST_F(HttpRegistryTest, AnIdentityTokenIsNoPassword) {
  world_ = [](const ClientRequest&) { return Challenge("Basic realm=\"x\""); };
  Credential credential;
  credential.identity_token = "refresh";
  EXPECT_THAT(FetchTag(credential), StatusIs(absl::StatusCode::kUnauthenticated,
                                             HasSubstr("refused to answer without a credential")));
}

TEST_F(HttpRegistryTest, ARegistryTokenIsSentAsItIs) {
  world_ = [](const ClientRequest& request) {
    if (Header(request, "Authorization") == "Bearer good") return Respond(200, {}, kManifest);
    return Challenge("Bearer realm=\"https://auth.example/token\"");
  };
  Credential credential;
  credential.registry_token = "good";
  EXPECT_THAT(FetchTag(credential), IsOkAndHolds(kManifest));
  EXPECT_EQ(TakeRequests().size(), 1);
  credential.registry_token = "bad";
  EXPECT_THAT(FetchTag(credential), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(TakeRequests()[0], testing::EndsWith("manifests/v1 as Bearer bad"));
}

TEST_F(HttpRegistryTest, AnAuthenticationThatIsNotKnownIsNamed) {
  const struct {
    std::string challenge;
    std::string_view wanted;
  } kCases[] = {
      {"Negotiate", "\"negotiate\" authentication"},
      {"Digest realm=x, nonce=y", "\"digest\" authentication"},
      {"Bearer service=x", "Bearer authentication, but names no token service"},
      {"\"", "a kind of authentication that cannot be read"},
      {"", "a kind of authentication that cannot be read"},
  };
  for (const auto& [challenge, wanted] : kCases) {
    world_ = [&challenge = challenge](const ClientRequest&) { return Challenge(challenge); };
    EXPECT_THAT(
        FetchTag(Basic("u", "p")),
        StatusIs(absl::StatusCode::kFailedPrecondition,
                 absl::StrCat("registry reg.example wants ", wanted, ", which is not known here")))
        << challenge;
  }
}

TEST_F(HttpRegistryTest, OfSeveralChallengesTheBestIsAnswered) {
  world_ = [](const ClientRequest& request) {
    if (absl::StrContains(request.url, "auth.example")) return Respond(200, {}, R"({"token":"t"})");
    if (!Header(request, "Authorization").empty()) return Respond(200, {}, kManifest);
    return Respond(401, {{"www-authenticate", "broken=\""},
                         {"www-authenticate", "Negotiate, Basic realm=x"},
                         {"www-authenticate", "BEARER Realm=\"https://auth.example/\""}});
  };
  EXPECT_THAT(FetchTag(Basic("u", "p")), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests().back(), testing::EndsWith(" as Bearer t"));
}

// A registry that wants bearer tokens, and counts what its token service issues.
class BearerRegistryTest : public HttpRegistryTest {
 protected:
  BearerRegistryTest() {
    world_ = [this](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
      if (absl::StartsWith(request.url, "https://auth.example/token?")) {
        if (token_status_ != 200) return Respond(token_status_);
        return Respond(200, {}, absl::StrCat(R"({"expires_in":300,"token":"t)", ++issued_, "\"}"));
      }
      if (Header(request, "Authorization") == absl::StrCat("Bearer t", accepted_)) {
        return Respond(200, {}, kManifest);
      }
      return Challenge(absl::StrCat(R"(Bearer realm="https://auth.example/token",service="s",)",
                                    R"(scope="repository:)", repository_.path, R"(:pull")"));
    };
  }

  static std::string Manifest(std::string_view path) {
    return absl::StrCat("GET https://reg.example/v2/", path, "/manifests/v1");
  }
  static std::string Token(std::string_view path) {
    return absl::StrCat("GET https://auth.example/token?service=s&scope=repository%3Ateam%2F", path,
                        "%3Apull");
  }

  const std::string kPing = "GET https://reg.example/v2/";
  int issued_ = 0;
  int accepted_ = 1;  // the number of the token that is accepted
  int token_status_ = 200;
};

TEST_F(BearerRegistryTest, ATokenIsFetchedAndThenReused) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Manifest("team/app"), kPing, Token("app"),
                                          Manifest("team/app") + " as Bearer t1"));
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Manifest("team/app") + " as Bearer t1"));
}

TEST_F(BearerRegistryTest, AnotherRepositoryIsAskedForItself) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  TakeRequests();
  repository_.path = "team/other";
  accepted_ = 2;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Manifest("team/other"), Token("other"),
                                          Manifest("team/other") + " as Bearer t2"));
}

TEST_F(BearerRegistryTest, AnotherCredentialGetsAnotherToken) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  TakeRequests();
  accepted_ = 2;
  EXPECT_THAT(FetchTag(Basic("u", "p")), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(),
              ElementsAre(Token("app") + " as Basic dTpw", Manifest("team/app") + " as Bearer t2"));
}

TEST_F(BearerRegistryTest, AnExpiredTokenIsReplacedUnasked) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  TakeRequests();
  clock_.Advance(absl::Minutes(5));
  accepted_ = 2;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Token("app"), Manifest("team/app") + " as Bearer t2"));
}

TEST_F(BearerRegistryTest, ARevokedTokenIsReplacedOnce) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  TakeRequests();
  accepted_ = 2;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Manifest("team/app") + " as Bearer t1", Token("app"),
                                          Manifest("team/app") + " as Bearer t2"));
}

TEST_F(BearerRegistryTest, WhoRefusesEveryTokenIsNotAskedForEver) {
  accepted_ = 0;
  EXPECT_THAT(FetchTag(Basic("u", "p")),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "registry reg.example refused the credential (401 Unauthorized)"));
  EXPECT_THAT(TakeRequests(),
              ElementsAre(Manifest("team/app"), kPing, Token("app") + " as Basic dTpw",
                          Manifest("team/app") + " as Bearer t1",
                          "GET https://auth.example/token?service=s as Basic dTpw"));
  EXPECT_THAT(FetchTag(Basic("u", "p")), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_TRUE(TakeRequests().empty());
}

TEST_F(BearerRegistryTest, ATokenServiceThatFailsSaysSo) {
  token_status_ = 503;
  EXPECT_THAT(FetchTag(),
              StatusIs(absl::StatusCode::kUnavailable, "token service auth.example failed (503)"));
  token_status_ = 401;
  EXPECT_THAT(FetchTag(Basic("u", "p")),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       "token service auth.example refused the credential (401 Unauthorized)"));
  TakeRequests();
  token_status_ = 200;
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_EQ(TakeRequests().front(), Manifest("team/app"));
}

TEST_F(BearerRegistryTest, AGuessThatFailsIsNoAnswer) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  clock_.Advance(absl::Minutes(5));
  TakeRequests();
  // By now the repository wants nothing any more, and the token service is gone.
  world_ = [](const ClientRequest& request) {
    if (absl::StartsWith(request.url, "https://auth.example/")) return Respond(503);
    return Respond(200, {}, kManifest);
  };
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Token("app"), Manifest("team/app")));
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Manifest("team/app")));
}

TEST_F(BearerRegistryTest, AGuessThatIsWantedAfterAllIsNotMadeTwice) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  clock_.Advance(absl::Minutes(5));
  TakeRequests();
  token_status_ = 503;
  EXPECT_THAT(FetchTag(),
              StatusIs(absl::StatusCode::kUnavailable, "token service auth.example failed (503)"));
  EXPECT_THAT(TakeRequests(), ElementsAre(Token("app"), Manifest("team/app")));
}

TEST_F(BearerRegistryTest, AnUnusualScopeIsTheRegistrysToName) {
  const auto usual = world_;
  world_ = [usual](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    absl::StatusOr<ClientResponse> response = usual(request);
    if (response->status == 401) {
      return Challenge(R"(Bearer realm="https://auth.example/token",scope="a b")");
    }
    return response;
  };
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_EQ(TakeRequests()[2], "GET https://auth.example/token?scope=a%20b");
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Manifest("team/app") + " as Bearer t1"));
}

}  // namespace
}  // namespace countersign::registry

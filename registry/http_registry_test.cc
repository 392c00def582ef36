#include "registry/http_registry.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/fake_client.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
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

TEST_F(HttpRegistryTest, ATagIsResolvedByHead) {
  world_ = [&](const ClientRequest&) {
    return Respond(200, {{"docker-content-digest", digest_.ToString()}});
  };
  EXPECT_THAT(Resolve(), IsOkAndHolds(digest_));
  EXPECT_EQ(Header(client_.Requests()[0], "Accept"),
            "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
            "application/vnd.docker.distribution.manifest.v2+json, "
            "application/vnd.docker.distribution.manifest.list.v2+json");
  EXPECT_THAT(TakeRequests(), ElementsAre("HEAD https://reg.example/v2/team/app/manifests/v1"));
}

TEST_F(HttpRegistryTest, WhereHeadTellsNoDigestTheBodyIsHashed) {
  for (const ClientResponse& head :
       {Respond(200), Respond(200, {{"docker-content-digest", "sha512:abc"}}),
        Respond(200, {{"docker-content-digest", "nonsense"}})}) {
    world_ = [&](const ClientRequest& request) {
      return request.method == "HEAD" ? head : Respond(200, {}, kManifest);
    };
    EXPECT_THAT(Resolve(), IsOkAndHolds(digest_));
    EXPECT_THAT(TakeRequests(), ElementsAre("HEAD https://reg.example/v2/team/app/manifests/v1",
                                            "GET https://reg.example/v2/team/app/manifests/v1"));
  }
}

TEST_F(HttpRegistryTest, ARefusalOfHeadIsBelievedOnlyOfGet) {
  for (const int status : {302, 400, 403, 404, 405, 406, 410, 412, 500, 501, 503}) {
    world_ = [status](const ClientRequest& request) {
      return request.method == "HEAD" ? Respond(status) : Respond(200, {}, kManifest);
    };
    EXPECT_THAT(Resolve(), IsOkAndHolds(digest_)) << status;
  }
  // But of these it is: GET would be refused as well, and counted.
  for (const int status : {401, 429}) {
    TakeRequests();
    world_ = [status](const ClientRequest&) { return Respond(status); };
    EXPECT_FALSE(Resolve().ok());
    EXPECT_EQ(TakeRequests().size(), 1) << status;
  }
}

TEST_F(HttpRegistryTest, ARefusalOfHeadIsBelievedOfGetWhateverTheDoorSays) {
  for (const int hidden : {403, 404}) {
    world_ = [hidden](const ClientRequest& request) {
      if (request.url == "https://reg.example/v2/") return Respond(503);
      return request.method == "HEAD" ? Respond(hidden) : Respond(200, {}, kManifest);
    };
    EXPECT_THAT(Resolve(), IsOkAndHolds(digest_)) << hidden;
    EXPECT_THAT(Resolve(Basic("u", "p")), IsOkAndHolds(digest_)) << hidden;
  }
}

TEST_F(HttpRegistryTest, GetsWordsAreTheAnswer) {
  world_ = [](const ClientRequest& request) {
    return request.method == "HEAD" ? Respond(500) : Respond(404);
  };
  EXPECT_THAT(Resolve(), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HttpRegistryTest, ATaggedManifestHasTheDigestThatTheRegistryNames) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  world_ = [&](const ClientRequest&) {
    return Respond(200, {{"docker-content-digest", digest_.ToString()}}, kManifest);
  };
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  world_ = [&](const ClientRequest&) {
    return Respond(200, {{"docker-content-digest", digest_.ToString()}}, "other");
  };
  EXPECT_THAT(FetchTag(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "registry reg.example sent other bytes than those of the digest it named"));
}

TEST_F(HttpRegistryTest, ADigestIsWhatTheBytesHave) {
  EXPECT_THAT(FetchManifest(digest_), IsOkAndHolds(kManifest));
  EXPECT_THAT(FetchBlob(100), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(),
              ElementsAre("GET https://reg.example/v2/team/app/manifests/" + digest_.ToString(),
                          "GET https://reg.example/v2/team/app/blobs/" + digest_.ToString()));
  // Whatever the registry says about them.
  world_ = [&](const ClientRequest&) {
    return Respond(200, {{"docker-content-digest", digest_.ToString()}}, "other");
  };
  const std::string words = "registry reg.example sent other bytes than those asked for";
  EXPECT_THAT(FetchManifest(digest_), StatusIs(absl::StatusCode::kFailedPrecondition, words));
  EXPECT_THAT(FetchBlob(100), StatusIs(absl::StatusCode::kFailedPrecondition, words));
}

TEST_F(HttpRegistryTest, ABlobOverItsLimitIsRefused) {
  EXPECT_THAT(FetchBlob(kManifest.size()), IsOkAndHolds(kManifest));
  EXPECT_THAT(FetchBlob(kManifest.size() - 1),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "registry reg.example sent a larger answer than allowed"));
}

TEST_F(HttpRegistryTest, AnErrorMayBeLongerThanTheBlob) {
  world_ = [](const ClientRequest& request) {
    EXPECT_GE(request.max_response_bytes, 1000);
    return Respond(404, {}, std::string(1000, 'x'));
  };
  EXPECT_THAT(FetchBlob(1), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HttpRegistryTest, BodiesAreLimitedOnTheirWay) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_EQ(client_.Requests().back().max_response_bytes, 4 << 20);
  EXPECT_THAT(FetchBlob(1 << 20), IsOkAndHolds(kManifest));
  EXPECT_EQ(client_.Requests().back().max_response_bytes, 1 << 20);
}

TEST_F(HttpRegistryTest, AStatusIsWhatItMeans) {
  const struct {
    int status;
    absl::StatusCode code;
    std::string_view words;
  } kCases[] = {
      {404, absl::StatusCode::kNotFound, "registry reg.example does not have it (404 Not Found)"},
      {403, absl::StatusCode::kPermissionDenied,
       "registry reg.example refused to answer without a credential (403 Forbidden)"},
      {401, absl::StatusCode::kUnauthenticated,
       "registry reg.example refused to answer without a credential (401 Unauthorized)"},
      {429, absl::StatusCode::kResourceExhausted,
       "registry reg.example wants to be asked less often (429 Too Many Requests)"},
      {412, absl::StatusCode::kFailedPrecondition,
       "registry reg.example refused it by a rule of its own (412 Precondition Failed)"},
      {503, absl::StatusCode::kUnavailable, "registry reg.example failed (503)"},
      {418, absl::StatusCode::kFailedPrecondition,
       "registry reg.example gave an answer that is not understood (418)"},
  };
  for (const auto& [status, code, words] : kCases) {
    world_ = [status = status](const ClientRequest&) { return Respond(status); };
    clock_.Advance(absl::Minutes(1));
    EXPECT_THAT(Resolve(), StatusIs(code, words));
    EXPECT_THAT(FetchTag(), StatusIs(code, words));
    EXPECT_THAT(FetchManifest(digest_), StatusIs(code, words));
    EXPECT_THAT(FetchBlob(100), StatusIs(code, words));
  }
}

TEST_F(HttpRegistryTest, DockerHubIsAskedUnderItsOtherName) {
  repository_ = {"index.docker.io", "library/nginx"};
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(),
              ElementsAre("GET https://registry-1.docker.io/v2/library/nginx/manifests/v1"));
}

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
  const std::string door = "GET https://reg.example/v2/";
  EXPECT_THAT(TakeRequests(),
              ElementsAre(url + " as Basic dTpzZWNyZXQ=", door, door + " as Basic dTpzZWNyZXQ="))
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

  const std::string kFrontDoor = "GET https://reg.example/v2/";
  int issued_ = 0;
  int accepted_ = 1;  // the number of the token that is accepted
  int token_status_ = 200;
};

TEST_F(BearerRegistryTest, ATokenIsFetchedAndThenReused) {
  EXPECT_THAT(FetchTag(), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests(), ElementsAre(Manifest("team/app"), kFrontDoor, Token("app"),
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
              ElementsAre(Manifest("team/app"), kFrontDoor, Token("app") + " as Basic dTpw",
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

TEST_F(HttpRegistryTest, ABlobIsFetchedFromWhereItIs) {
  world_ = [](const ClientRequest& request) {
    if (absl::StartsWith(request.url, "https://storage.example/"))
      return Respond(200, {}, kManifest);
    if (Header(request, "Authorization").empty()) return Challenge("Basic realm=x");
    return Respond(307, {{"location", "https://storage.example/blob?signature=s"}});
  };
  EXPECT_THAT(FetchBlob(100, Basic("u", "p")), IsOkAndHolds(kManifest));
  EXPECT_THAT(TakeRequests().back(), "GET https://storage.example/blob?signature=s");
}

TEST_F(HttpRegistryTest, WhoIsRedirectedToGetsNoCredentialThoughItAsks) {
  for (const int status : {401, 403}) {
    world_ = [status](const ClientRequest& request) {
      if (absl::StartsWith(request.url, "https://storage.example/")) {
        return Respond(status, {{"www-authenticate", "Basic realm=x"}});
      }
      return Respond(307, {{"location", "https://storage.example/blob"}});
    };
    EXPECT_THAT(FetchBlob(100, Basic("u", "p")),
                StatusIs(absl::StatusCode::kUnavailable,
                         "reg.example redirects to storage.example, which does not give what was "
                         "asked for"));
    for (const std::string& request : TakeRequests()) EXPECT_THAT(request, Not(HasSubstr(" as ")));
  }
}

TEST_F(HttpRegistryTest, ARedirectToPlainHttpIsRefused) {
  world_ = [](const ClientRequest&) {
    return Respond(307, {{"location", "http://storage.example/blob"}});
  };
  EXPECT_THAT(FetchBlob(100), StatusIs(absl::StatusCode::kFailedPrecondition,
                                       "reg.example redirects to plain HTTP on storage.example"));
}

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

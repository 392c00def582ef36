// What the owner of one repository, of a registry, or of whatever it redirects to can make of us.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "oci/digest.h"
#include "registry/credential.h"
#include "registry/http_registry_fixture.h"

namespace countersign::registry {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using http::ClientRequest;
using http::ClientResponse;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using World = std::function<ClientResponse(const ClientRequest&)>;

bool Is(const ClientRequest& request, std::string_view prefix) {
  return absl::StartsWith(request.url, prefix);
}

// A registry in which Mallory owns one path, and does there as each test says. All else is team's,
// and open to u:p by a token service on a host of its own, which the registry names at /v2/.
class MalloryTest : public HttpRegistryTest {
 protected:
  MalloryTest() {
    world_ = [this](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
      if (Is(request, "https://reg.example/v2/mallory/")) return mallory_(request);
      if (Is(request, "https://auth.example/token")) return token_(request);
      if (Is(request, "https://reg.example/v2/")) {
        if (Header(request, "Authorization") == "Bearer good") return Respond(200, {}, kManifest);
        return Challenge("Bearer realm=\"https://auth.example/token\",service=s");
      }
      return evil_(request);
    };
  }

  absl::StatusOr<std::string> FetchFrom(std::string path, const Credential& credential) {
    repository_.path = std::move(path);
    return FetchTag(credential);
  }

  const Credential team_ = Basic("u", "p");  // Basic dTpw
  World mallory_ = [](const ClientRequest&) { return Respond(404); };
  World token_ = [](const ClientRequest& request) {
    if (Header(request, "Authorization") != "Basic dTpw") return Respond(401);
    return Respond(200, {}, R"({"token":"good","expires_in":300})");
  };
  World evil_ = [](const ClientRequest&) { return Respond(200, {}, R"({"token":"evil"})"); };
};

TEST_F(MalloryTest, APathsTokenServiceGetsNoPassword) {
  mallory_ = [](const ClientRequest&) {
    return Challenge("Bearer realm=\"https://evil.example/token\"");
  };
  EXPECT_THAT(FetchFrom("mallory/app", team_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "registry reg.example names a token service on evil.example for this "
                       "repository, but not at /v2/ for itself, so that it is shown no "
                       "credential"));
  Credential identity;
  identity.identity_token = "refresh";
  EXPECT_THAT(FetchFrom("mallory/app", identity), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(TakeRequests(), Each(Not(HasSubstr("evil.example"))));
  // Nor is the next one's word spoilt by his.
  EXPECT_THAT(FetchFrom("team/app", team_), IsOkAndHolds(kManifest));
  // Who shows nothing may go there.
  TakeRequests();
  EXPECT_FALSE(FetchFrom("mallory/app", {}).ok());
  EXPECT_THAT(TakeRequests(), Contains("GET https://evil.example/token?scope=repository%3Amallory%2"
                                       "Fapp%3Apull"));
}

TEST_F(MalloryTest, TheHostOfATokenServiceHasItsPort) {
  mallory_ = [](const ClientRequest&) {
    return Challenge("Bearer realm=\"https://auth.example:444/token\"");
  };
  EXPECT_THAT(FetchFrom("mallory/app", team_), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(TakeRequests(), Each(Not(HasSubstr("444"))));
}

TEST_F(MalloryTest, ARealmForEachRepositoryWorksForEach) {
  // As Nexus routes by paths.
  world_ = [](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
    for (const std::string team : {"a", "b"}) {
      const std::string realm = absl::StrCat("https://reg.example/repository/", team, "/token");
      if (Is(request, realm)) {
        return Respond(200, {}, absl::StrCat(R"({"token":")", team, R"(","expires_in":300})"));
      }
      if (!Is(request, absl::StrCat("https://reg.example/v2/", team, "/"))) continue;
      if (Header(request, "Authorization") == absl::StrCat("Bearer ", team)) {
        return Respond(200, {}, kManifest);
      }
      return Challenge(absl::StrCat("Bearer realm=\"", realm, "\""));
    }
    return Respond(404);
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(FetchFrom("a/app", team_), IsOkAndHolds(kManifest));
    EXPECT_THAT(FetchFrom("b/app", team_), IsOkAndHolds(kManifest));
  }
}

TEST_F(MalloryTest, TheDoorIsAskedOnceAHost) {
  EXPECT_THAT(FetchFrom("team/a", team_), IsOkAndHolds(kManifest));
  EXPECT_THAT(FetchFrom("team/b", team_), IsOkAndHolds(kManifest));
  int pings = 0;
  for (const std::string& request : TakeRequests())
    pings += request == "GET https://reg.example/v2/";
  EXPECT_EQ(pings, 1);
}

TEST_F(MalloryTest, NothingThatHisPathAnswersStopsAnother) {
  ASSERT_THAT(FetchFrom("team/app", team_), IsOk());
  const World kProvocations[] = {
      [](const ClientRequest&) {
        return Respond(429, {{"retry-after", "86400"}});
      },
      [](const ClientRequest&) { return Respond(403); },
      [](const ClientRequest&) { return Respond(401); },
      [](const ClientRequest&) { return Respond(500); },
      [](const ClientRequest&) {
        return Respond(503, {{"retry-after", "86400"}});
      },
      [](const ClientRequest&) { return Challenge("Basic realm=x"); },
      [](const ClientRequest&) {
        return Challenge("Bearer realm=\"https://auth.example/token\",scope=none");
      },
      [](const ClientRequest&) {
        return Challenge("Bearer realm=\"https://reg.example/v2/mallory/token\"");
      },
  };
  for (const World& provocation : kProvocations) {
    mallory_ = provocation;
    for (const Credential& credential : {team_, Credential()}) {
      EXPECT_FALSE(FetchFrom("mallory/app", credential).ok());
      EXPECT_FALSE(FetchFrom("mallory/other", credential).ok());
    }
    EXPECT_THAT(FetchFrom("team/app", team_), IsOkAndHolds(kManifest));
    EXPECT_THAT(FetchFrom("team/new", team_), IsOkAndHolds(kManifest));
    clock_.Advance(absl::Minutes(1));
  }
}

TEST_F(MalloryTest, ATokenServiceThatRefusesHisScopeStopsNoOther) {
  for (const int status : {401, 403, 429, 500}) {
    token_ = [status](const ClientRequest& request) {
      if (absl::StrContains(request.url, "mallory")) {
        return Respond(status, {{"retry-after", "86400"}});
      }
      return Respond(200, {}, R"({"token":"good"})");
    };
    mallory_ = [](const ClientRequest&) {
      return Challenge("Bearer realm=\"https://auth.example/token\",service=s");
    };
    EXPECT_FALSE(FetchFrom("mallory/app", team_).ok());
    EXPECT_THAT(FetchFrom("team/app", team_), IsOkAndHolds(kManifest)) << status;
    clock_.Advance(absl::Minutes(1));
  }
}

TEST_F(MalloryTest, AWrongPasswordIsNotTriedInRepositoryAfterRepository) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(FetchFrom(absl::StrCat("team/app", i), Basic("u", "wrong")),
                StatusIs(absl::StatusCode::kUnauthenticated,
                         "token service auth.example refused the credential (401 Unauthorized)"));
  }
  EXPECT_THAT(TakeRequests(), testing::SizeIs(4));  // repository, /v2/, token, account
  // A right one is not hindered by it, and after some seconds it is tried again.
  EXPECT_THAT(FetchFrom("team/app0", team_), IsOkAndHolds(kManifest));
  TakeRequests();
  clock_.Advance(absl::Seconds(5));
  EXPECT_FALSE(FetchFrom("team/app0", Basic("u", "wrong")).ok());
  EXPECT_THAT(TakeRequests(), Not(IsEmpty()));
}

TEST_F(MalloryTest, WhoWantsToBeLeftAloneIsForHalfAMinuteAtMost) {
  mallory_ = [](const ClientRequest&) { return Respond(429, {{"retry-after", "86400"}}); };
  EXPECT_THAT(FetchFrom("mallory/app", {}), StatusIs(absl::StatusCode::kResourceExhausted));
  TakeRequests();
  mallory_ = [](const ClientRequest&) { return Respond(200, {}, kManifest); };
  clock_.Advance(absl::Seconds(29));
  EXPECT_THAT(
      FetchFrom("mallory/app", {}),
      StatusIs(absl::StatusCode::kResourceExhausted,
               "registry reg.example wants to be asked less often (429 Too Many Requests)"));
  EXPECT_THAT(TakeRequests(), IsEmpty());
  EXPECT_THAT(FetchFrom("mallory/app", team_), IsOkAndHolds(kManifest));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(FetchFrom("mallory/app", {}), IsOkAndHolds(kManifest));
}

TEST_F(HttpRegistryTest, WhatIsNotShownToWhoShowsNothingIsAskedForAsTheRegistryWants) {
  for (const int hidden : {403, 404}) {
    for (const std::string challenge :
         {"Basic realm=x", "Bearer realm=\"https://reg.example/token\""}) {
      HttpRegistry registry(&client_, &clock_, {});
      world_ = [&](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
        const std::string authorization = Header(request, "Authorization");
        if (request.url == "https://reg.example/v2/") return Challenge(challenge);
        if (Is(request, "https://reg.example/token")) {
          return Respond(authorization == "Basic dTpw" ? 200 : 401, {}, R"({"token":"t"})");
        }
        const bool shown = authorization == "Basic dTpw" || authorization == "Bearer t";
        return shown ? Respond(200, {}, kManifest) : Respond(hidden);
      };
      TakeRequests();
      EXPECT_THAT(registry.FetchManifestByTag(repository_, "v1", Basic("u", "p"), base::Soon()),
                  IsOkAndHolds(kManifest));
      EXPECT_THAT(TakeRequests(), testing::SizeIs(testing::Le(4)));
      // From then on at once.
      EXPECT_THAT(registry.FetchManifestByTag(repository_, "v1", Basic("u", "p"), base::Soon()),
                  IsOkAndHolds(kManifest));
      EXPECT_THAT(TakeRequests(), ElementsAre(HasSubstr("manifests/v1 as ")));
      // Without a credential it is what it was said to be.
      EXPECT_EQ(registry.FetchManifestByTag(repository_, "v1", {}, base::Soon()).status().code(),
                hidden == 403 ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kNotFound);
    }
  }
}

TEST_F(HttpRegistryTest, WhatWasNotShownIsNotCalledRefused) {
  world_ = [](const ClientRequest& request) {
    return Respond(request.url == "https://reg.example/v2/" ? 200 : 403);
  };
  EXPECT_THAT(FetchTag(Basic("u", "p")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       "registry reg.example refused to answer without a credential "
                       "(403 Forbidden)"));
  EXPECT_THAT(TakeRequests(), Each(Not(HasSubstr(" as "))));
}

TEST_F(HttpRegistryTest, ARegistrysReasonIsQuoted) {
  world_ = [](const ClientRequest&) {
    return Respond(412, {},
                   R"({"errors":[{"code":"PROJECTPOLICYVIOLATION","message":"has a \"CVE\""}]})");
  };
  EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   "registry reg.example refused it by a rule of its own (412 "
                                   "Precondition Failed) and says \"PROJECTPOLICYVIOLATION: has a "
                                   "\\\"CVE\\\"\""));
  world_ = [](const ClientRequest& request) {
    ClientResponse response = Challenge("Basic realm=x");
    response.body =
        absl::StrCat(R"({"errors":[{"code":"UNAUTHORIZED","message":"not )",
                     Header(request, "Authorization").empty() ? "" : "my secret", "\"}]}");
    return response;
  };
  EXPECT_THAT(FetchTag(Basic("u", "wrong")),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("says \"UNAUTHORIZED: ")));
  // Who is told a password may say it to everybody, but not through us.
  EXPECT_THAT(FetchTag(Basic("u", "my secret")),
              StatusIs(absl::StatusCode::kUnauthenticated, Not(HasSubstr("says"))));
}

TEST_F(HttpRegistryTest, ARegistryThatWantsACertificateIsSaidTo) {
  world_ = [](const ClientRequest&) {
    return Respond(400, {}, "<title>400 No required SSL certificate was sent</title>");
  };
  EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   "registry reg.example wants a client certificate, and there is "
                                   "none (400)"));
}

// As registry.k8s.io does: everything is in another registry, which gives tokens to anybody.
class RedirectingRegistryTest : public HttpRegistryTest {
 protected:
  RedirectingRegistryTest() {
    world_ = [this](const ClientRequest& request) -> absl::StatusOr<ClientResponse> {
      constexpr std::string_view kOwn = "https://reg.example/v2/";
      if (request.url == kOwn) return Respond(200);
      if (Is(request, kOwn)) {
        return Respond(307, {{"location", absl::StrCat("https://pkg.example/v2/images/",
                                                       request.url.substr(kOwn.size()))}});
      }
      if (Is(request, "https://pkg.example/token")) return Respond(200, {}, R"({"token":"any"})");
      if (Is(request, "https://evil.example/")) return Respond(500);
      if (Header(request, "Authorization") == "Bearer any") return there_(request);
      return Challenge(challenge_);
    };
  }

  std::string challenge_ = "Bearer realm=\"https://pkg.example/token\",service=pkg";
  World there_ = [](const ClientRequest& request) {
    if (absl::StrContains(request.url, ".sig")) return Respond(404);
    return Respond(200, {}, kManifest);
  };
};

TEST_F(RedirectingRegistryTest, TagsSignaturesAndBlobsAreFoundWithATokenForAnybody) {
  for (const Credential& credential : {Credential(), Basic("u", "p")}) {
    EXPECT_THAT(Resolve(credential), IsOkAndHolds(digest_));
    EXPECT_THAT(FetchTag(credential), IsOkAndHolds(kManifest));
    EXPECT_THAT(FetchBlob(100, credential), IsOkAndHolds(kManifest));
    EXPECT_THAT(registry_.FetchManifestByTag(repository_, "sha256-0.sig", credential, base::Soon()),
                StatusIs(absl::StatusCode::kNotFound,
                         "registry reg.example does not have it (404 Not Found)"));
  }
  const std::vector<std::string> requests = TakeRequests();
  EXPECT_THAT(requests, Contains("GET https://pkg.example/token?service=pkg&scope=repository%3A"
                                 "images%2Fteam%2Fapp%3Apull"));
  EXPECT_THAT(requests, Each(Not(HasSubstr("Basic"))));
}

TEST_F(RedirectingRegistryTest, WhateverElseIsThereIsNotTold) {
  const std::string words =
      "reg.example redirects to pkg.example, which does not give what was asked for";
  const World kAnswers[] = {
      [](const ClientRequest&) { return Respond(200, {}, "internal"); },
      [](const ClientRequest&) { return Respond(200, {}, R"({"schemaVersion":1})"); },
      [](const ClientRequest&) { return Respond(200, {}, R"({"secret":"internal"})"); },
      [](const ClientRequest&) {
        return Respond(200, {{"docker-content-digest", oci::Digest::Of("internal").ToString()}},
                       kManifest);
      },
      [](const ClientRequest&) { return Respond(403, {}, R"({"errors":[{"code":"SECRET"}]})"); },
      [](const ClientRequest&) { return Respond(429); },
      [](const ClientRequest&) { return Respond(500); },
      [](const ClientRequest&) { return Respond(401); },
  };
  for (const World& answer : kAnswers) {
    there_ = answer;
    EXPECT_THAT(FetchTag(), StatusIs(absl::StatusCode::kUnavailable, words));
    EXPECT_THAT(FetchManifest(oci::Digest::Of("other")),
                StatusIs(absl::StatusCode::kUnavailable, words));
    EXPECT_THAT(FetchBlob(5), StatusIs(absl::StatusCode::kUnavailable, words));
  }
  there_ = [](const ClientRequest&) { return Respond(200, {}, "internal"); };
  EXPECT_THAT(Resolve(), StatusIs(absl::StatusCode::kUnavailable, words));
}

TEST_F(RedirectingRegistryTest, ATokenServiceOfSomebodyElseTellsNothingEither) {
  challenge_ = "Bearer realm=\"https://evil.example/token\"";
  EXPECT_THAT(FetchTag(),
              StatusIs(absl::StatusCode::kUnavailable,
                       "reg.example redirects to pkg.example, which does not give what was asked "
                       "for"));
}

}  // namespace
}  // namespace countersign::registry

#include "registry/http_registry.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "oci/digest.h"
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

TEST_F(HttpRegistryTest, AManifestOverItsLimitIsRefused) {
  EXPECT_THAT(FetchManifest(digest_, kManifest.size()), IsOkAndHolds(kManifest));
  EXPECT_THAT(FetchManifest(digest_, kManifest.size() - 1),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "registry reg.example sent a larger answer than allowed"));
  EXPECT_THAT(FetchManifest(digest_, 1 << 30), IsOkAndHolds(kManifest));
  EXPECT_EQ(client_.Requests().back().max_response_bytes, 4 << 20);
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

}  // namespace
}  // namespace countersign::registry

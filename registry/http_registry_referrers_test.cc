// What HttpRegistry asks for the manifests that refer to another one, and what it makes of the answers.

#include <string>
#include <string_view>
#include <utility>
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
#include "registry/registry.h"

namespace countersign::registry {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using http::ClientRequest;
using http::ClientResponse;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kIndex = R"({"schemaVersion":2,"manifests":[]})";
constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";

ClientResponse Page(http::Headers more = {}, std::string_view body = kIndex) {
  more.emplace_back("content-type", kIndexType);
  return Respond(200, std::move(more), body);
}

class HttpRegistryReferrersTest : public HttpRegistryTest {
 protected:
  absl::StatusOr<ReferrersPage> Fetch(std::string_view page = "",
                                      const Credential& credential = {}) {
    return registry_.FetchReferrers(repository_, digest_, page, credential, base::Soon());
  }

  std::string Path() const { return absl::StrCat("/v2/team/app/referrers/", digest_.ToString()); }
};

TEST_F(HttpRegistryReferrersTest, AreAskedForByTheDigestOfWhatTheyReferTo) {
  world_ = [](const ClientRequest&) { return Page(); };
  const auto page = Fetch();
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->index, kIndex);
  EXPECT_THAT(page->next, IsOkAndHolds(""));
  EXPECT_EQ(Header(client_.Requests()[0], "Accept"), kIndexType);
  EXPECT_EQ(client_.Requests()[0].max_response_bytes, 4 << 20);
  EXPECT_THAT(TakeRequests(), ElementsAre("GET https://reg.example" + Path()));
}

TEST_F(HttpRegistryReferrersTest, ComePageByPage) {
  world_ = [this](const ClientRequest& request) {
    if (absl::EndsWith(request.url, "?last=a&n=2")) return Page({}, "last");
    return Page({{"link", absl::StrCat("<", Path(), "?last=a&n=2>; rel=\"next\"")}});
  };
  const auto first = Fetch();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(first->next, IsOkAndHolds("last=a&n=2"));
  const auto last = Fetch(*first->next);
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->index, "last");
  EXPECT_THAT(last->next, IsOkAndHolds(""));
  EXPECT_THAT(TakeRequests().back(), EndsWith(Path() + "?last=a&n=2"));
}

TEST_F(HttpRegistryReferrersTest, ANextPageElsewhereIsNotAskedForAndHidesNoPage) {
  for (const std::string& link :
       {"https://evil.example" + Path() + "?n=2", std::string("/v2/team/other/referrers/x?n=2")}) {
    world_ = [&](const ClientRequest&) {
      return Page({{"link", absl::StrCat("<", link, ">; rel=\"next\"")}});
    };
    const auto page = Fetch();
    ASSERT_THAT(page, IsOk());
    EXPECT_EQ(page->index, kIndex);
    EXPECT_THAT(page->next,
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         "registry reg.example names a next page that is not of the same list"));
  }
}

TEST_F(HttpRegistryReferrersTest, WhoeverDoesNotKnowTheQuestionHasNone) {
  for (const int status : {400, 404, 405, 406, 501}) {
    world_ = [status](const ClientRequest& request) {
      return Respond(request.url == "https://reg.example/v2/" ? 200 : status);
    };
    EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kNotFound,
                                  "registry reg.example has no list of what refers to it"))
        << status;
  }
  world_ = [](const ClientRequest&) {
    return Respond(200, {{"content-type", "text/html"}}, "<html>Welcome</html>");
  };
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HttpRegistryReferrersTest, AFailureIsNotThatThereAreNone) {
  const struct {
    int status;
    absl::StatusCode code;
  } kCases[] = {
      {302, absl::StatusCode::kFailedPrecondition}, {401, absl::StatusCode::kUnauthenticated},
      {403, absl::StatusCode::kPermissionDenied},   {410, absl::StatusCode::kFailedPrecondition},
      {429, absl::StatusCode::kResourceExhausted},  {500, absl::StatusCode::kUnavailable},
      {503, absl::StatusCode::kUnavailable},
  };
  for (const auto& [status, code] : kCases) {
    clock_.Advance(absl::Minutes(1));
    world_ = [status = status](const ClientRequest& request) {
      return Respond(request.url == "https://reg.example/v2/" ? 200 : status);
    };
    EXPECT_THAT(Fetch(), StatusIs(code)) << status;
  }
}

TEST_F(HttpRegistryReferrersTest, ARegistryThatWantsACertificateIsNotOneWithoutAnAnswer) {
  world_ = [](const ClientRequest&) {
    return Respond(400, {}, "<title>400 No required SSL certificate was sent</title>");
  };
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("wants a client certificate")));
}

TEST_F(HttpRegistryReferrersTest, AreShownToWhoeverIsLetIn) {
  world_ = [](const ClientRequest& request) {
    if (Header(request, "Authorization") == "Basic dTpw") return Page();
    return Challenge("Basic realm=x");
  };
  EXPECT_THAT(Fetch("", Basic("u", "p")), IsOk());
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnauthenticated));
  // Where what is hidden is called absent, too.
  HttpRegistry registry(&client_, &clock_, {});
  world_ = [](const ClientRequest& request) {
    if (request.url == "https://reg.example/v2/") return Challenge("Basic realm=x");
    return Header(request, "Authorization") == "Basic dTpw" ? Page() : Respond(404);
  };
  EXPECT_THAT(registry.FetchReferrers(repository_, digest_, "", Basic("u", "p"), base::Soon()),
              IsOk());
}

TEST_F(HttpRegistryReferrersTest, AreReadWhereTheRegistryRedirectsTo) {
  const std::string there =
      absl::StrCat("https://pkg.example/v2/images/team/app/referrers/", digest_.ToString());
  world_ = [&](const ClientRequest& request) {
    if (absl::StartsWith(request.url, "https://reg.example/")) {
      return Respond(307, {{"location", there}});
    }
    if (absl::StartsWith(request.url, "https://pkg.example/token")) {
      return Respond(200, {}, R"({"token":"any"})");
    }
    if (Header(request, "Authorization") == "Bearer any") return Page();
    return Challenge("Bearer realm=\"https://pkg.example/token\",service=pkg");
  };
  EXPECT_THAT(Fetch("", Basic("u", "p")), IsOk());
  const std::vector<std::string> requests = TakeRequests();
  EXPECT_THAT(requests, testing::Contains(HasSubstr("scope=repository%3Aimages%2Fteam%2Fapp%3A")));
  EXPECT_THAT(requests, testing::Each(Not(HasSubstr("Basic"))));
}

TEST_F(HttpRegistryReferrersTest, WhatIsElsewhereIsNotTold) {
  const std::string words =
      "reg.example redirects to pkg.example, which does not give what was asked for";
  ClientResponse there;
  world_ = [&](const ClientRequest& request) {
    if (!absl::StartsWith(request.url, "https://reg.example/")) return there;
    return Respond(307, {{"location", absl::StrCat("https://pkg.example", Path())}});
  };
  for (const ClientResponse& answer :
       {Respond(200, {}, "internal"), Respond(200, {{"content-type", "text/html"}}, kIndex),
        Page({}, "internal"), Page({}, R"({"secret":"internal"})"), Respond(403), Respond(429),
        Respond(500), Respond(418)}) {
    there = answer;
    EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kUnavailable, words));
  }
  there = Respond(404);
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HttpRegistryReferrersTest, ARedirectToAnythingElseIsNotFollowed) {
  world_ = [](const ClientRequest&) {
    return Respond(307, {{"location", "https://internal.example/v2/referrers/admin"}});
  };
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(TakeRequests(), testing::Each(Not(HasSubstr("internal"))));
}

TEST_F(HttpRegistryReferrersTest, ARepositoryThatWantsToBeLeftAloneIs) {
  world_ = [](const ClientRequest&) { return Respond(429); };
  EXPECT_FALSE(Fetch().ok());
  TakeRequests();
  EXPECT_THAT(Fetch(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(TakeRequests(), IsEmpty());
}

}  // namespace
}  // namespace countersign::registry

#include "registry/referrers_answer.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using http::ClientResponse;

constexpr std::string_view kList = "https://reg.example/v2/team/app/referrers/sha256:abc";

ClientResponse Typed(std::string type) {
  return {.status = 200, .headers = {{"content-type", std::move(type)}}};
}

absl::StatusOr<std::string> NextOf(std::string_view link, std::string_view url = kList) {
  return NextReferrersPage(
      {.status = 200, .headers = {{"link", absl::StrCat("<", link, ">; rel=\"next\"")}}},
      *http::Url::Parse(url));
}

TEST(HasNoReferrersApi, WhereTheQuestionIsNotKnown) {
  for (const int status : {400, 404, 405, 406, 501}) {
    EXPECT_TRUE(HasNoReferrersApi({.status = status})) << status;
  }
  for (const int status : {302, 401, 403, 408, 410, 412, 429, 500, 502, 503}) {
    EXPECT_FALSE(HasNoReferrersApi({.status = status})) << status;
  }
}

TEST(HasNoReferrersApi, WhereTheAnswerIsNoIndex) {
  for (const std::string type : {"application/vnd.oci.image.index.v1+json",
                                 "Application/vnd.oci.image.index.v1+JSON ; charset=utf-8"}) {
    EXPECT_FALSE(HasNoReferrersApi(Typed(type))) << type;
  }
  for (const std::string type :
       {"", "text/html", "application/json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json2"}) {
    EXPECT_TRUE(HasNoReferrersApi(Typed(type))) << type;
  }
  EXPECT_TRUE(HasNoReferrersApi({.status = 200}));
}

TEST(NextReferrersPage, IsNoneWithoutALink) {
  EXPECT_THAT(NextReferrersPage({.status = 200}, *http::Url::Parse(kList)), IsOkAndHolds(""));
  EXPECT_THAT(NextReferrersPage({.status = 200, .headers = {{"link", "<x?y>; rel=prev"}}},
                                *http::Url::Parse(kList)),
              IsOkAndHolds(""));
}

TEST(NextReferrersPage, IsOfTheSameListHoweverItIsWritten) {
  for (const std::string link : {
           "https://reg.example/v2/team/app/referrers/sha256:abc?n=2&last=x",
           "https://REG.example:443/v2/team/app/referrers/sha256:abc?n=2&last=x",
           "http://reg.example/v2/team/app/referrers/sha256:abc?n=2&last=x",
           "https://reg.example/v2/team/app/referrers/sha256%3Aabc?n=2&last=x",
           "/v2/team/app/referrers/sha256:abc?n=2&last=x",
           "/v2/team/app/referrers/sha256%3aabc?n=2&last=x#top",
           "../referrers/sha256:abc?n=2&last=x",
           "?n=2&last=x",
       }) {
    EXPECT_THAT(NextOf(link), IsOkAndHolds("n=2&last=x")) << link;
    EXPECT_THAT(NextOf(link, absl::StrCat(kList, "?n=1")), IsOkAndHolds("n=2&last=x")) << link;
  }
}

TEST(NextReferrersPage, IsNotSomewhereElse) {
  for (const std::string& link : {
           std::string("https://evil.example/v2/team/app/referrers/sha256:abc?n=2"),
           std::string("//evil.example/v2/team/app/referrers/sha256:abc?n=2"),
           std::string("https://u:p@reg.example/v2/team/app/referrers/sha256:abc?n=2"),
           std::string("file:///v2/team/app/referrers/sha256:abc?n=2"),
           std::string("/v2/team/other/referrers/sha256:abc?n=2"),
           std::string("/v2/team/app/referrers/sha256:abd?n=2"),
           std::string("/v2/team/app/manifests/sha256:abc?n=2"),
           std::string("/v2/team/app/referrers/sha256:abc"),
           std::string("/v2/team/app/referrers/sha256:abc?"),
           std::string(""),
           absl::StrCat("?", std::string(5000, 'n')),
       }) {
    EXPECT_THAT(NextOf(link), StatusIs(absl::StatusCode::kFailedPrecondition,
                                       "names a next page that is not of the same list"))
        << link;
  }
}

}  // namespace
}  // namespace countersign::registry

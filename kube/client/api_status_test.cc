#include "kube/client/api_status.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::StatusIs;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

absl::Status ErrorOf(int status, std::string_view body) {
  return ToError(ReadApiStatus(http::ClientResponse{.status = status, .body = std::string(body)}));
}

std::string Body(std::string_view reason, std::string_view message = "because") {
  return absl::StrCat(
      R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":1,"reason":")", reason,
      R"(","message":")", message, R"("})");
}

TEST(ApiStatus, CodesAreTold) {
  EXPECT_THAT(ErrorOf(400, Body("BadRequest")), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ErrorOf(401, Body("Unauthorized")), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(ErrorOf(403, Body("Forbidden")), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(ErrorOf(404, Body("NotFound")), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(ErrorOf(409, Body("AlreadyExists")), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(ErrorOf(409, Body("Conflict")), StatusIs(StatusCode::kAborted));
  EXPECT_THAT(ErrorOf(410, Body("Expired")), StatusIs(StatusCode::kOutOfRange));
  EXPECT_THAT(ErrorOf(422, Body("Invalid")), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ErrorOf(429, Body("TooManyRequests")), StatusIs(StatusCode::kResourceExhausted));
  for (const int status : {500, 502, 503, 504, 302, 418}) {
    EXPECT_THAT(ErrorOf(status, Body("x")), StatusIs(StatusCode::kUnavailable)) << status;
  }
}

TEST(ApiStatus, ANotFoundThatNoApiServerSaidIsNone) {
  for (const std::string_view body :
       {"", "<html>no page</html>", "[]", "{}", R"({"kind":"Page"})"}) {
    EXPECT_THAT(ErrorOf(404, body),
                StatusIs(StatusCode::kUnavailable, HasSubstr("not as a Kubernetes API server")))
        << body;
  }
}

TEST(ApiStatus, TheServersMessageSaysWhatRbacMustAllow) {
  EXPECT_THAT(ErrorOf(403, Body("Forbidden", "secrets is forbidden: User x cannot get it")),
              StatusIs(StatusCode::kPermissionDenied,
                       "the API server does not allow it; a Role or ClusterRole must: secrets is "
                       "forbidden: User x cannot get it"));
}

TEST(ApiStatus, TheServersMessageIsMadePrintableAndCut) {
  EXPECT_THAT(
      ErrorOf(500, Body("x", "a\\nb" + std::string(10'000, 'c'))),
      StatusIs(StatusCode::kUnavailable, AllOf(HasSubstr("a\\x0ab"), Not(HasSubstr("\n")))));
  EXPECT_LT(ErrorOf(500, Body("x", std::string(10'000, 'c'))).message().size(), 1000);
}

TEST(ApiStatus, RetryAfterIsInSeconds) {
  const auto wait = [](std::string value) {
    return RetryAfter({.status = 429, .headers = {{"retry-after", value}}});
  };
  EXPECT_EQ(wait("3"), absl::Seconds(3));
  EXPECT_EQ(wait("99999999"), absl::Hours(1));
  EXPECT_EQ(wait("-1"), absl::ZeroDuration());
  EXPECT_EQ(wait("Fri, 31 Dec 1999 23:59:59 GMT"), absl::ZeroDuration());
  EXPECT_EQ(RetryAfter({.status = 429}), absl::ZeroDuration());
}

}  // namespace
}  // namespace countersign::kube

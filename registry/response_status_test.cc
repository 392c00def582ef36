#include "registry/response_status.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "registry/credential.h"

namespace countersign::registry {
namespace {

using absl::StatusCode;

TEST(ResponseStatus, EachCodeHasItsMeaning) {
  const struct {
    int http_status;
    StatusCode code;
    const char* message;
  } kCases[] = {
      {100, StatusCode::kFailedPrecondition,
       "registry r gave an answer that is not understood (100)"},
      {200, StatusCode::kOk, ""},
      {206, StatusCode::kFailedPrecondition,
       "registry r gave an answer that is not understood (206)"},
      {302, StatusCode::kFailedPrecondition,
       "registry r gave an answer that is not understood (302)"},
      {400, StatusCode::kFailedPrecondition,
       "registry r gave an answer that is not understood (400)"},
      {401, StatusCode::kUnauthenticated, "registry r refused the credential (401 Unauthorized)"},
      {403, StatusCode::kPermissionDenied, "registry r refused the credential (403 Forbidden)"},
      {404, StatusCode::kNotFound, "registry r does not have it (404 Not Found)"},
      {412, StatusCode::kFailedPrecondition,
       "registry r refused it by a rule of its own (412 Precondition Failed)"},
      {408, StatusCode::kUnavailable, "registry r gave up (408 Request Timeout)"},
      {429, StatusCode::kResourceExhausted,
       "registry r wants to be asked less often (429 Too Many Requests)"},
      {500, StatusCode::kUnavailable, "registry r failed (500)"},
      {599, StatusCode::kUnavailable, "registry r failed (599)"},
      {600, StatusCode::kFailedPrecondition,
       "registry r gave an answer that is not understood (600)"},
      {0, StatusCode::kFailedPrecondition, "registry r gave an answer that is not understood (0)"},
  };
  Credential credential;
  credential.username = "u";
  for (const auto& [http_status, code, message] : kCases) {
    EXPECT_EQ(ResponseStatus(http_status, "registry r", credential), absl::Status(code, message));
  }
}

TEST(ResponseStatus, WhoShowedNoCredentialIsNotToldOfOne) {
  EXPECT_EQ(ResponseStatus(401, "registry r", {}),
            absl::UnauthenticatedError(
                "registry r refused to answer without a credential (401 Unauthorized)"));
  EXPECT_EQ(ResponseStatus(403, "registry r", {}),
            absl::PermissionDeniedError(
                "registry r refused to answer without a credential (403 Forbidden)"));
}

TEST(ResponseStatus, ItsOwnReasonIsQuotedUnlessItHoldsTheCredential) {
  const std::string body = R"({"errors":[{"code":"DENIED","message":"no \"x\""}]})";
  EXPECT_EQ(ResponseStatus(403, "registry r", {}, body).message(),
            "registry r refused to answer without a credential (403 Forbidden) and says \"DENIED: "
            "no \\\"x\\\"\"");
  EXPECT_EQ(ResponseStatus(500, "registry r", {}, "<html>").message(), "registry r failed (500)");
  EXPECT_EQ(ResponseStatus(200, "registry r", {}, body), absl::OkStatus());
  for (const Credential& credential :
       {Credential{.password = "DENIED"}, Credential{.identity_token = "DENIED"},
        Credential{.registry_token = "DENIED"}}) {
    EXPECT_EQ(ResponseStatus(500, "registry r", credential, body).message(),
              "registry r failed (500)");
  }
}

TEST(ResponseStatus, ACredentialIsFoundInHoweverItIsWritten) {
  const Credential credential = {.username = "robot", .password = "a&b/\"ü"};
  for (const std::string_view message :
       // As Go's encoding/json writes it, as others do, and as it went over the line.
       {R"(a\u0026b/\"ü)", R"(\u0061&b\/\u0022\u00fc)", R"(Basic cm9ib3Q6YSZiLyLDvA==)"}) {
    EXPECT_EQ(ResponseStatus(403, "registry r", credential,
                             absl::StrCat(R"({"errors":[{"message":"wrong: )", message, R"("}]})"))
                  .message(),
              "registry r refused the credential (403 Forbidden)")
        << message;
  }
}

}  // namespace
}  // namespace countersign::registry

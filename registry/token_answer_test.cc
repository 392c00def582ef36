#include "registry/token_answer.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

using base::StatusIs;

TEST(ParseTokenAnswer, ReadsEitherName) {
  for (const char* body : {R"({"token":"abc"})", R"({"access_token":"abc","token":""})",
                           R"({"token":"abc","access_token":"def"})"}) {
    const auto answer = ParseTokenAnswer(body);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->token, "abc");
    EXPECT_EQ(answer->lifetime, absl::Seconds(60));
  }
}

TEST(ParseTokenAnswer, BoundsTheLifetime) {
  const struct {
    const char* expires_in;
    absl::Duration lifetime;
  } kCases[] = {{"300", absl::Seconds(300)}, {"0", absl::Seconds(60)},
                {"86400", absl::Hours(1)},   {"9223372036854775807", absl::Hours(1)},
                {"-5", absl::Seconds(-5)},   {"\"soon\"", absl::Seconds(60)}};
  for (const auto& [expires_in, lifetime] : kCases) {
    const auto answer =
        ParseTokenAnswer(std::string(R"({"token":"abc","expires_in":)") + expires_in + "}");
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->lifetime, lifetime) << expires_in;
  }
}

TEST(ParseTokenAnswer, SaysWhatIsWrongAndQuotesNothing) {
  EXPECT_THAT(ParseTokenAnswer("secret"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                   "gave an answer that is not a JSON object"));
  EXPECT_THAT(ParseTokenAnswer("{}"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "gave an answer that has no token"));
  EXPECT_THAT(ParseTokenAnswer(R"({"token":"a b"})"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "gave an answer that has a token that cannot be sent"));
}

}  // namespace
}  // namespace countersign::registry

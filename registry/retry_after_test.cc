#include "registry/retry_after.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace countersign::registry {
namespace {

TEST(RetryAfter, IsBetweenASecondAndThirty) {
  // Wed, 21 Oct 2015 07:28:00 GMT
  const absl::Time now = absl::FromUnixSeconds(1'445'412'480);
  const struct {
    const char* value;
    int seconds;
  } kCases[] = {
      {"5", 5},
      {" 30 ", 30},
      {"31", 30},
      {"86400", 30},
      {"999999999999999999999999", 30},
      {"0", 1},
      {"", 1},
      {"-5", 1},
      {"5.5", 1},
      {"soon", 1},
      {"Wed, 21 Oct 2015 07:28:10 GMT", 10},
      {"Wed, 21 Oct 2015 08:28:10 GMT", 30},
      {"Wed, 21 Oct 2015 07:27:00 GMT", 1},
      {"Wed, 21 Oct 9999 07:27:00 GMT", 30},
      {"infinite-past", 1},
  };
  for (const auto& [value, seconds] : kCases) {
    EXPECT_EQ(ReadRetryAfter(value, now), absl::Seconds(seconds)) << value;
  }
  EXPECT_EQ(ReadRetryAfter(std::nullopt, now), absl::Seconds(1));
}

TEST(RetryAfter, GoesWithAnError) {
  const absl::Status error = absl::ResourceExhaustedError("too many");
  EXPECT_EQ(RetryAfterOf(error), std::nullopt);
  EXPECT_EQ(RetryAfterOf(WithRetryAfter(error, absl::Seconds(7))), absl::Seconds(7));
}

}  // namespace
}  // namespace countersign::registry

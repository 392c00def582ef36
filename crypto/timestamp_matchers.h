#ifndef COUNTERSIGN_CRYPTO_TIMESTAMP_MATCHERS_H_
#define COUNTERSIGN_CRYPTO_TIMESTAMP_MATCHERS_H_

#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/status_matchers.h"
#include "crypto/message.h"
#include "crypto/timestamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {

// What tests of timestamps have in common: what they stamp, and what comes of it.

using TimestampOutcome = std::variant<TimestampRefusal, absl::Time>;

inline constexpr std::string_view kStamped = "a signature";

// Of a response that can be read.
inline TimestampOutcome VerifyStamp(std::string_view response, std::string_view stamped,
                                    const TimestampAuthority& authority) {
  const absl::StatusOr<TimestampToken> token = TimestampToken::FromDer(response);
  EXPECT_THAT(token, base::IsOk());
  if (!token.ok()) return TimestampRefusal{};
  return VerifyTimestamp(*token, Message(std::string(stamped)), authority);
}

MATCHER_P(IsAt, time, "") {
  if (const auto* refusal = std::get_if<TimestampRefusal>(&arg)) {
    *result_listener << "refused: " << refusal->sentence;
    return false;
  }
  return std::get<absl::Time>(arg) == time;
}

MATCHER_P(IsRefused, fault, "") {
  const auto* const refusal = std::get_if<TimestampRefusal>(&arg);
  if (refusal == nullptr) {
    *result_listener << "it holds";
    return false;
  }
  *result_listener << "refused: " << refusal->sentence;
  return refusal->fault == fault && !refusal->sentence.empty();
}

}  // namespace countersign::crypto

#endif  // COUNTERSIGN_CRYPTO_TIMESTAMP_MATCHERS_H_

#ifndef COUNTERSIGN_BASE_STATUS_MATCHERS_H_
#define COUNTERSIGN_BASE_STATUS_MATCHERS_H_

// gMock matchers for absl::Status and absl::StatusOr<T>:
//
//   EXPECT_THAT(Parse(text), IsOk());
//   EXPECT_THAT(Parse(text), IsOkAndHolds(3));
//   EXPECT_THAT(Parse(text), IsOkAndHolds(Field(&Parsed::size, Gt(2))));
//   EXPECT_THAT(Parse(text), StatusIs(absl::StatusCode::kInvalidArgument));
//   EXPECT_THAT(Parse(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too long")));

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

namespace countersign::base {
namespace status_matchers_internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }

template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace status_matchers_internal

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << "which is " << status_matchers_internal::StatusOf(arg);
  return arg.ok();
}

MATCHER_P(IsOkAndHolds, value_matcher,
          negation ? "is not OK or holds another value" : "is OK and holds the value") {
  if (!arg.ok()) {
    *result_listener << "which is " << arg.status();
    return false;
  }
  return testing::ExplainMatchResult(value_matcher, *arg, result_listener);
}

MATCHER_P2(StatusIs, code, message_matcher,
           std::string(negation ? "is not " : "is ") + absl::StatusCodeToString(code) +
               " with that message") {
  const absl::Status& status = status_matchers_internal::StatusOf(arg);
  *result_listener << "which is " << status;
  return status.code() == code &&
         testing::ExplainMatchResult(message_matcher, std::string(status.message()),
                                     result_listener);
}

inline auto StatusIs(absl::StatusCode code) { return StatusIs(code, testing::_); }

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_STATUS_MATCHERS_H_

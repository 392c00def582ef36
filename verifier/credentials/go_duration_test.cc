#include "verifier/credentials/go_duration.h"

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<std::optional<absl::Duration>> Read(const base::Json& value) {
  const base::Json object = {{"at", {{"d", value}}}};
  return GoDurationMember(*base::JsonPlace(object).Required("at"), "d");
}

TEST(GoDurationMember, ReadsWhatGoWrites) {
  EXPECT_THAT(Read("12h"), IsOkAndHolds(absl::Hours(12)));
  EXPECT_THAT(Read("1h30m0s"), IsOkAndHolds(absl::Minutes(90)));
  EXPECT_THAT(Read("1.5h"), IsOkAndHolds(absl::Minutes(90)));
  EXPECT_THAT(Read("300ms"), IsOkAndHolds(absl::Milliseconds(300)));
  EXPECT_THAT(Read("0"), IsOkAndHolds(absl::ZeroDuration()));
  EXPECT_THAT(Read("0s"), IsOkAndHolds(absl::ZeroDuration()));
}

TEST(GoDurationMember, AbsentIsNotZero) {
  EXPECT_THAT(Read(nullptr), IsOkAndHolds(std::nullopt));
  const base::Json empty = base::Json::object();
  EXPECT_THAT(GoDurationMember(base::JsonPlace(empty), "d"), IsOkAndHolds(std::nullopt));
}

TEST(GoDurationMember, RefusesEverythingElseAndSaysWhere) {
  for (const base::Json& value :
       {base::Json("-1h"), base::Json("12"), base::Json("inf"), base::Json(""), base::Json("soon"),
        base::Json(12), base::Json("9999999999999999999h")}) {
    EXPECT_THAT(Read(value), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/at/d: ")))
        << value;
  }
}

}  // namespace
}  // namespace countersign::verifier

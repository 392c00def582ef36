#include "base/status_matchers.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::DescribeMatcher;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointee;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(IsOk, TakesStatusAndStatusOr) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(absl::NotFoundError("x"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("x")), Not(IsOk()));
}

TEST(IsOkAndHolds, MatchesTheValue) {
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(3));
  EXPECT_THAT(absl::StatusOr<int>(3), Not(IsOkAndHolds(4)));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("x")), Not(IsOkAndHolds(3)));
}

TEST(IsOkAndHolds, TakesMatchers) {
  EXPECT_THAT(absl::StatusOr<std::string>("abc"), IsOkAndHolds(SizeIs(3)));
  EXPECT_THAT(absl::StatusOr<std::string>("abc"), IsOkAndHolds("abc"));
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(3)),
              IsOkAndHolds(Pointee(3)));
}

TEST(StatusIs, ComparesTheCode) {
  EXPECT_THAT(absl::NotFoundError("x"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(absl::NotFoundError("x"), Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(absl::OkStatus(), Not(StatusIs(absl::StatusCode::kNotFound)));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("x")), StatusIs(absl::StatusCode::kNotFound));
}

TEST(StatusIs, ComparesTheMessage) {
  EXPECT_THAT(absl::NotFoundError("no such tag"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("tag")));
  EXPECT_THAT(absl::NotFoundError("no such tag"),
              StatusIs(absl::StatusCode::kNotFound, "no such tag"));
  EXPECT_THAT(absl::NotFoundError("no such tag"),
              Not(StatusIs(absl::StatusCode::kNotFound, StartsWith("tag"))));
}

TEST(StatusIs, ExplainsAMismatchWithTheStatus) {
  testing::StringMatchResultListener listener;
  testing::ExplainMatchResult(StatusIs(absl::StatusCode::kInternal), absl::NotFoundError("gone"),
                              &listener);
  EXPECT_THAT(listener.str(), HasSubstr("NOT_FOUND: gone"));
}

}  // namespace
}  // namespace countersign::base

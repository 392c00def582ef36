#include "base/status_macros.h"

#include <memory>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(Annotate, KeepsTheCodeAndPutsThePhraseInFront) {
  EXPECT_EQ(Annotate("fetching the manifest", absl::NotFoundError("no such tag")),
            absl::NotFoundError("fetching the manifest: no such tag"));
}

TEST(Annotate, LeavesOkAlone) { EXPECT_THAT(Annotate("phrase", absl::OkStatus()), IsOk()); }

absl::StatusOr<int> SumOf(absl::StatusOr<int> a, absl::StatusOr<int> b, absl::Status last) {
  CS_ASSIGN_OR_RETURN(const int x, a);
  int y = 0;
  CS_ASSIGN_OR_RETURN(y, b);
  CS_RETURN_IF_ERROR(last);
  return x + y;
}

TEST(StatusMacros, GoOnWhileAllIsOk) {
  EXPECT_THAT(SumOf(1, 2, absl::OkStatus()), IsOkAndHolds(3));
}

TEST(StatusMacros, ReturnTheFirstError) {
  EXPECT_EQ(SumOf(absl::NotFoundError("a"), absl::InternalError("b"), absl::OkStatus()).status(),
            absl::NotFoundError("a"));
  EXPECT_EQ(SumOf(1, absl::InternalError("b"), absl::OkStatus()).status(),
            absl::InternalError("b"));
  EXPECT_EQ(SumOf(1, 2, absl::AbortedError("c")).status(), absl::AbortedError("c"));
}

absl::StatusOr<std::unique_ptr<int>> Pass(absl::StatusOr<std::unique_ptr<int>> in) {
  CS_ASSIGN_OR_RETURN(std::unique_ptr<int> out, std::move(in));
  return out;
}

TEST(StatusMacros, MoveValuesThatCannotBeCopied) {
  EXPECT_THAT(Pass(std::make_unique<int>(7)), IsOkAndHolds(testing::Pointee(7)));
}

}  // namespace
}  // namespace countersign::base

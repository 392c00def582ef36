#include "base/not_now.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(IsNotNow, IsForWhatMayBeOtherwiseNextTime) {
  for (const absl::Status& status :
       {absl::UnavailableError(""), absl::DeadlineExceededError(""),
        absl::ResourceExhaustedError(""), absl::CancelledError(""), absl::AbortedError("")}) {
    EXPECT_TRUE(IsNotNow(status)) << status;
  }
  for (const absl::Status& status :
       {absl::OkStatus(), absl::NotFoundError(""), absl::UnauthenticatedError(""),
        absl::PermissionDeniedError(""), absl::InvalidArgumentError(""),
        absl::FailedPreconditionError(""), absl::InternalError("")}) {
    EXPECT_FALSE(IsNotNow(status)) << status;
  }
}

}  // namespace
}  // namespace countersign::base

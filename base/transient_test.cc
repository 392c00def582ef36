#include "base/transient.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(IsTransient, IsForWhatMayBeOtherwiseNextTime) {
  for (const absl::Status& status :
       {absl::UnavailableError(""), absl::DeadlineExceededError(""),
        absl::ResourceExhaustedError(""), absl::CancelledError(""), absl::AbortedError("")}) {
    EXPECT_TRUE(IsTransient(status)) << status;
  }
  for (const absl::Status& status :
       {absl::OkStatus(), absl::NotFoundError(""), absl::UnauthenticatedError(""),
        absl::PermissionDeniedError(""), absl::InvalidArgumentError(""),
        absl::FailedPreconditionError(""), absl::InternalError("")}) {
    EXPECT_FALSE(IsTransient(status)) << status;
  }
}

}  // namespace
}  // namespace countersign::base

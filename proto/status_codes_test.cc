#include "proto/status_codes.h"

#include <utility>

#include "gtest/gtest.h"

namespace countersign::proto {
namespace {

constexpr std::pair<absl::StatusCode, grpc::StatusCode> kCodes[] = {
    {absl::StatusCode::kCancelled, grpc::CANCELLED},
    {absl::StatusCode::kUnknown, grpc::UNKNOWN},
    {absl::StatusCode::kInvalidArgument, grpc::INVALID_ARGUMENT},
    {absl::StatusCode::kDeadlineExceeded, grpc::DEADLINE_EXCEEDED},
    {absl::StatusCode::kNotFound, grpc::NOT_FOUND},
    {absl::StatusCode::kAlreadyExists, grpc::ALREADY_EXISTS},
    {absl::StatusCode::kPermissionDenied, grpc::PERMISSION_DENIED},
    {absl::StatusCode::kResourceExhausted, grpc::RESOURCE_EXHAUSTED},
    {absl::StatusCode::kFailedPrecondition, grpc::FAILED_PRECONDITION},
    {absl::StatusCode::kAborted, grpc::ABORTED},
    {absl::StatusCode::kOutOfRange, grpc::OUT_OF_RANGE},
    {absl::StatusCode::kUnimplemented, grpc::UNIMPLEMENTED},
    {absl::StatusCode::kInternal, grpc::INTERNAL},
    {absl::StatusCode::kUnavailable, grpc::UNAVAILABLE},
    {absl::StatusCode::kDataLoss, grpc::DATA_LOSS},
    {absl::StatusCode::kUnauthenticated, grpc::UNAUTHENTICATED},
};

TEST(StatusCodes, EveryCodeHasItsOwnAndKeepsItsMessage) {
  for (const auto& [code, on_the_wire] : kCodes) {
    const grpc::Status sent = ToGrpc(absl::Status(code, "why"));
    EXPECT_EQ(sent.error_code(), on_the_wire);
    EXPECT_EQ(sent.error_message(), "why");
    EXPECT_EQ(FromGrpc(sent), absl::Status(code, "why"));
  }
}

TEST(StatusCodes, OkIsOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(StatusCodes, ACodeThatIsNoneOfGrpcsIsUnknown) {
  EXPECT_EQ(ToGrpc(absl::Status(static_cast<absl::StatusCode>(99), "why")).error_code(),
            grpc::UNKNOWN);
}

}  // namespace
}  // namespace countersign::proto

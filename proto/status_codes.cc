#include "proto/status_codes.h"

#include <string>

namespace countersign::proto {

// The codes are the same numbers by design of Abseil (absl/status/status.h).

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace countersign::proto

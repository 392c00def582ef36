#ifndef COUNTERSIGN_PROTO_STATUS_CODES_H_
#define COUNTERSIGN_PROTO_STATUS_CODES_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace countersign::proto {

// A status as a call ends with it, and back, with its message. Pure.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace countersign::proto

#endif  // COUNTERSIGN_PROTO_STATUS_CODES_H_

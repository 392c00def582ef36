#ifndef COUNTERSIGN_BASE_GRPC_LOG_H_
#define COUNTERSIGN_BASE_GRPC_LOG_H_

namespace countersign::base {

// From now on what gRPC itself has to say becomes lines of our log, logger "grpc", instead of lines
// of gRPC's own form on standard error. For a program's main(), before it uses gRPC. What gRPC
// calls an error is a warning here: a stranger's handshake on an open port is one.
void TakeOverGrpcLog();

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_GRPC_LOG_H_

#ifndef COUNTERSIGN_VERIFIER_SERVER_FLAGS_H_
#define COUNTERSIGN_VERIFIER_SERVER_FLAGS_H_

#include "CLI/CLI.hpp"
#include "verifier/serving/grpc_server.h"

namespace countersign::verifier {

// Adds the flags that fill `options`, where and to whom the verify API is served and how much is
// taken at once, to `app`. They must outlive the parsing.
void AddServerFlags(CLI::App* app, GrpcServer::Options* options);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVER_FLAGS_H_

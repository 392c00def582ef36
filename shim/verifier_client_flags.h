#ifndef COUNTERSIGN_SHIM_VERIFIER_CLIENT_FLAGS_H_
#define COUNTERSIGN_SHIM_VERIFIER_CLIENT_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "shim/grpc_verifier_client.h"

namespace countersign::shim {

// Adds the flags that fill `options` to `app`, named by `name`: for "verifier" they are
// --verifier, --verifier-ca, --verifier-cert, --verifier-key, --verifier-server-name and
// --insecure-verifier-plaintext. `options` must outlive the parsing. Returns --verifier.
CLI::Option* AddVerifierClientFlags(CLI::App* app, GrpcVerifierClient::Options* options,
                                    const std::string& name);

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_CLIENT_FLAGS_H_

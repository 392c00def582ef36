#ifndef COUNTERSIGN_VERIFIER_SERVING_PEER_NAMES_H_
#define COUNTERSIGN_VERIFIER_SERVING_PEER_NAMES_H_

#include <string>
#include <string_view>

#include "grpc/grpc_security.h"
#include "grpcpp/security/auth_context.h"
#include "http/server/client_names.h"

namespace countersign::verifier {

// The names in the certificate that a client has shown; none of one that was not verified.
http::ClientNames PeerNames(const grpc::AuthContext& context);
http::ClientNames PeerNames(const grpc_auth_context& context);  // as gRPC's C interface has it

// By what a client is counted, which he cannot choose: "dns:NAME", "uri:URI", else `address`.
std::string PeerName(const http::ClientNames& names, std::string_view address);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_PEER_NAMES_H_

#ifndef COUNTERSIGN_VERIFIER_SERVING_SERVER_TLS_H_
#define COUNTERSIGN_VERIFIER_SERVING_SERVER_TLS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "http/server/client_names.h"

namespace countersign::verifier {

struct ServerTlsOptions {
  std::string cert_file;       // PEM chain
  std::string key_file;        // PEM
  std::string client_ca_file;  // PEM; if given, clients must show a certificate of it
  bool insecure_plaintext = false;
  // Asked of each call as soon as its head has come, with the names that its client has shown, if
  // there is a client CA; must be quick. False: the call is RESOURCE_EXHAUSTED.
  std::function<bool(const http::ClientNames& client)> admits_call;
};

// How the verify API is served on `listen` (address:port, as gRPC reads it): TLS, mutual TLS if a
// client CA is given, or plaintext, which only a loopback address (or `insecure_plaintext`) may
// have. The files are read again when somebody connects, and hold for that connection and later
// ones; files that cannot be used, or do not belong together, are logged, and the last good ones
// stay in force. InvalidArgument says which flag is missing or which file cannot be used.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CreateServerTls(
    const std::string& listen, const ServerTlsOptions& options);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_SERVER_TLS_H_

#ifndef COUNTERSIGN_SHIM_VERIFIER_CONNECTIONS_H_
#define COUNTERSIGN_SHIM_VERIFIER_CONNECTIONS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "shim/verifier_target.h"

namespace countersign::shim {

// Where verifiers are and how they are spoken to.
struct VerifierOptions {
  // A gRPC target (grpc/doc/naming.md): "dns:///verifier:8090", "ipv4:127.0.0.1:1,127.0.0.1:2".
  std::string target;
  // PEM file with the authorities that the server's certificate must come from; the system's if
  // empty.
  std::string ca_file;
  // The client's own certificate, for mutual TLS; both or none.
  std::string cert_file;
  std::string key_file;
  // The name that the server's certificate must have, if it is not the target's.
  std::string server_name;
  // Speak without TLS to other machines. Loopback targets without TLS files are spoken to so
  // anyway.
  bool insecure_plaintext = false;
};

// Makes channels to single verifiers, which are spoken to alike. The files are read again when they
// change, once for all channels. Thread-safe.
class VerifierConnections {
 public:
  // InvalidArgument says what is wrong with which option.
  static absl::StatusOr<VerifierConnections> Create(const VerifierOptions& options);

  // Where verifiers are.
  const VerifierTarget& target() const { return target_; }

  // To this gRPC target, at one of the target's addresses; connects when it is told to. Whoever is there
  // must be whom the options name, or the target's host.
  std::shared_ptr<grpc::Channel> To(const std::string& target) const;

 private:
  VerifierConnections(VerifierTarget target, std::shared_ptr<grpc::ChannelCredentials> credentials,
                      const grpc::ChannelArguments& arguments);

  VerifierTarget target_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  grpc::ChannelArguments arguments_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_VERIFIER_CONNECTIONS_H_

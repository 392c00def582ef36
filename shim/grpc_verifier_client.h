#ifndef COUNTERSIGN_SHIM_GRPC_VERIFIER_CLIENT_H_
#define COUNTERSIGN_SHIM_GRPC_VERIFIER_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/trace_context.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"
#include "shim/policy_validator.h"
#include "shim/verifier_client.h"
#include "shim/verifier_peers.h"

namespace countersign::shim {

// Asks verifiers over gRPC. Calls go round all addresses that the target has.
//
// A call is sent only once there is a connection that is ready, for which it waits a moment; without
// one it was never sent, and that alone is an outage. From then on every failure counts as sent,
// also that of a connection that had died without a word. A call that is refused or cut off
// (Unavailable, Cancelled), or turned away by a full verifier (ResourceExhausted), is sent once
// more, after a moment, to a verifier at another address if one is there, and no third time: a
// question that kills who reads it reaches two at most. (What gRPC repeats by itself had never left
// this process, or was never taken up.)
// Thread-safe.
class GrpcVerifierClient final : public VerifierClient, public PolicyValidator {
 public:
  struct Options {
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

  // Connects when it is first used. The files are read again when they change. InvalidArgument says
  // what is wrong with which option.
  static absl::StatusOr<std::unique_ptr<GrpcVerifierClient>> Create(const Options& options);

  CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                    absl::Time deadline,
                                                    const base::TraceContext& trace) override;

  absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
      const v1::ValidatePolicyRequest& request, absl::Time deadline) override;

  // The verifiers that were asked, and what gRPC says of the connection to all of them together: "idle",
  // "connecting", "ready", "transient failure" or "shut down". Connects to none.
  std::vector<VerifierPeer> Peers() const { return peers_.All(); }
  std::string ConnectionState() const;

  // OK if a verifier answers by `deadline` that it serves; otherwise why not.
  absl::Status CheckHealth(absl::Time deadline);

 private:
  explicit GrpcVerifierClient(std::shared_ptr<grpc::Channel> channel);

  template <typename Request, typename Response>
  struct Method {
    const char* name;
    grpc::Status (v1::Verifier::Stub::*call)(grpc::ClientContext*, const Request&, Response*);
  };

  template <typename Request, typename Response>
  CallResult<Response> Call(const Method<Request, Response>& method, const Request& request,
                            absl::Time deadline, const base::TraceContext& trace);
  // Not at `peer`, if any other is there.
  template <typename Request, typename Response>
  absl::StatusOr<Response> CallAnother(const std::string& peer, const char* method,
                                       const Request& request, absl::Time deadline,
                                       const base::TraceContext& trace);
  enum class Connection {
    kNotYet,  // in the time that was left
    kNone,    // in all the time that a call waits for one
    kThere,
  };
  Connection AwaitConnection(absl::Time deadline);
  absl::Status WhyUnconnected(absl::Time deadline);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Verifier::Stub> verifier_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> health_;
  VerifierPeers peers_;
};

}  // namespace countersign::shim

#endif  // COUNTERSIGN_SHIM_GRPC_VERIFIER_CLIENT_H_

#ifndef COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_H_
#define COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "base/worker_pool.h"
#include "grpcpp/server.h"
#include "policy/sigstore/review_settings.h"
#include "verifier/serving/call_gate.h"
#include "verifier/serving/call_metrics.h"
#include "verifier/serving/call_queue.h"
#include "verifier/serving/call_server.h"
#include "verifier/serving/client_rules.h"
#include "verifier/serving/grpc_acceptor.h"
#include "verifier/serving/health_calls.h"
#include "verifier/serving/image_verifier.h"
#include "verifier/serving/policy_differences.h"
#include "verifier/serving/recent_verdicts.h"
#include "verifier/serving/server_tls.h"
#include "verifier/serving/verifier_service.h"

namespace countersign::verifier {

// The gRPC server: the verify API, the standard health service and reflection. Thread-safe, but
// for Drain, which is for the thread that ends the server.
class GrpcServer {
 public:
  struct Options {
    std::string listen;  // address:port, as gRPC reads it
    ServerTlsOptions tls;
    // How much is taken at once, and of it, each client.
    CallGate::Limits limits;
    // How long a call's message may take to come.
    absl::Duration read_timeout = absl::Seconds(5);
    // How long its client may take to read its answer (VerifierService).
    absl::Duration write_timeout = absl::Seconds(10);
    // Who may hold a connection, and for how long without having shown who it is.
    GrpcAcceptor::Options connections;
    // Who may ask for what (ClientRules); needs mutual TLS.
    std::vector<std::string> allowed_clients;
    // How old a connection may become. Its client then makes a new one, for which it looks up anew
    // which verifiers there are: so it finds those that have come since. No call fails by that.
    absl::Duration connection_age = absl::Minutes(2);
    // Where calls are counted, and differences; must outlive the server. Null: nowhere.
    CallMetrics* metrics = nullptr;
    PolicyDifferences* differences = nullptr;
    // As VerifierService has them.
    RecentVerdicts* recent = nullptr;
    std::function<std::string()> policy_hash = nullptr;
    // As VerifierService has it.
    std::function<policy::ReviewSettings()> review_settings;
    // Threads that calls come to (CallQueue); 0: as is best for the machine.
    size_t call_threads = 0;
  };

  // Listens and serves; health is NOT_SERVING until SetServing. Errors name the flag at fault:
  // Unavailable, that there is no such address, or that it cannot be bound; InvalidArgument all else.
  // `verifier` must outlive the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Options& options,
                                                           ImageVerifier* verifier);

  // Ends at once what Drain has not let end, but for verdicts that are being found out: those are
  // waited for, until the deadlines of their calls (VerdictsDeadline) at the most. Not on a thread that
  // calls come to.
  ~GrpcServer();

  // What health answers, for "" and for the service's name.
  void SetServing(bool serving);

  // The port that is listened on.
  int port() const { return port_; }

  // Of the port's connections.
  base::ConnectionPlaces::Counts CountConnections() const;

  // Of calls that may wait or take long: those that do not have no thread (CallServer).
  base::WorkerPool::Counts CountSlowCalls() const { return calls_.CountSlow(); }

  // Adds what the port holds and has refused: countersign_connections (base/door_metrics), and
  // CallGate's. The server must live as long as `metrics` may be written.
  void AddMetrics(base::Metrics* metrics) const;

  // Health turns NOT_SERVING, new calls are refused, and calls in progress may end until
  // `deadline`.
  void Drain(absl::Time deadline);

 private:
  GrpcServer(const Options& options, ImageVerifier* verifier, ClientRules clients,
             std::shared_ptr<CallBacklog> backlog, std::unique_ptr<GrpcAcceptor> acceptor);

  std::unique_ptr<GrpcAcceptor> acceptor_;  // null: gRPC accepts by itself, on a Unix socket
  VerifierService service_;
  CallQueue queue_;
  CallServer calls_;
  HealthCalls health_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_GRPC_SERVER_H_

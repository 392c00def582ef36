#include "verifier/server.h"

#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"
#include "verifier/policy_validation.h"

namespace countersign::verifier {
namespace {

// Threads that may wait for calls, for each core. By itself gRPC lets two wait, and under load
// starts and ends a thread for every third call. Those that find nothing to do for ten seconds end.
constexpr int kIdleThreads = 32;

// For calls in progress on a connection that has become too old; longer than a call may take.
constexpr int kConnectionAgeGraceMs = 30'000;

// Of any message; those of VerifyImages are smaller. A policy's JSON, and what is around it.
constexpr int kMaxMessageBytes = static_cast<int>(kMaxPolicyBytes) + (64 << 10);

absl::StatusOr<ClientRules> ReadClientRules(const Server::Options& options) {
  if (!options.allowed_clients.empty() && options.credentials.client_ca_file.empty()) {
    return absl::InvalidArgumentError(
        "--allowed-client: needs --client-ca, for a client is known by its certificate only");
  }
  return ClientRules::Parse(options.allowed_clients);
}

// Both are settings of the process in gRPC, and must be made before a server is built.
void EnableHealthAndReflection() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options,
                                                      ImageVerifier* verifier) {
  EnableHealthAndReflection();
  CS_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                      CreateServerCredentials(options.credentials));
  CS_ASSIGN_OR_RETURN(ClientRules clients, ReadClientRules(options));
  std::unique_ptr<Server> server(new Server(options, verifier, std::move(clients)));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.credentials.listen, std::move(credentials), &server->port_);
  builder.RegisterService(&server->service_);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, kIdleThreads);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(options.connection_age)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  // Two servers on one port would share its calls by chance.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A client that keeps its connection alive more often than gRPC's default allows must not be cut
  // off.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr ||
      (server->port_ == 0 && !absl::StartsWith(options.credentials.listen, "unix:"))) {
    return absl::UnavailableError(
        absl::StrCat("--listen ", options.credentials.listen, ": the address cannot be bound"));
  }
  server->SetServing(false);
  return server;
}

void Server::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus(serving);
  health->SetServingStatus(v1::Verifier::service_full_name(), serving);
}

void Server::Drain(absl::Time deadline) {
  SetServing(false);
  server_->Shutdown(absl::ToChronoTime(deadline));
}

}  // namespace countersign::verifier

#include "verifier/serving/grpc_server.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/door_metrics.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server_builder.h"
#include "proto/countersign/v1/verifier.grpc.pb.h"
#include "proto/limits.h"
#include "verifier/serving/call_listener.h"
#include "verifier/serving/peer_names.h"
#include "verifier/serving/service_limit.h"

namespace countersign::verifier {
namespace {

// For calls in progress on a connection that has become too old; longer than a call may take.
constexpr int kConnectionAgeGraceMs = 30'000;

// Of any message.
constexpr int kMaxMessageBytes =
    static_cast<int>(std::max(v1::kMaxQuestionBytes, v1::kMaxPolicyMessageBytes));

// A shim may have all its questions on one connection.
constexpr int kStreamsPerConnection = 1024;
// Of what a client has sent and nobody has read yet. Questions are read by turns (CallGate); the
// quota is for what is in the way before that, and gRPC's own.
constexpr int kUnreadBytesPerStream = 4 << 10;
constexpr size_t kGrpcBytes = 64 << 20;
// gRPC handles all that a read gave it before a call of it runs: hundreds of calls, if it wants to be a
// flood. By itself it reads up to 4 MiB.
constexpr int kBytesPerRead = 8 << 10;
// Of reflection alone, which has a thread for each call until its client has taken how it ended, those that
// are ended at once included, and one that waits. A call for which there is none is RESOURCE_EXHAUSTED.
constexpr int kMostThreads = 48;
constexpr size_t kReflectionCalls = 16;
constexpr size_t kHealthCalls = 128;
// Of a call's head; a shim's has a few hundred.
constexpr int kMaxHeadBytes = 4 << 10;

absl::StatusOr<ClientRules> ReadClientRules(const GrpcServer::Options& options) {
  if (!options.allowed_clients.empty() && options.tls.client_ca_file.empty()) {
    return absl::InvalidArgumentError(
        "--allowed-client: needs --client-ca, for a client is known by its certificate only");
  }
  return ClientRules::Parse(options.allowed_clients);
}

// A setting of the process in gRPC, that must be made before a server is built.
void EnableReflection() {
  static std::once_flag once;
  std::call_once(once, [] { grpc::reflection::InitProtoReflectionServerBuilderPlugin(); });
}

// As whom a client's calls are counted in the backlog; nullopt: not at all.
using NamesInBacklog = std::function<std::optional<std::string>(const http::ClientNames&)>;

// Those of clients that may ask for everybody are not, as each may where they are not told apart.
NamesInBacklog NamesOfCounted(ClientRules clients) {
  return
      [clients = std::move(clients)](const http::ClientNames& names) -> std::optional<std::string> {
        if (clients.empty() || clients.RightsOf(names).CoversAll()) return std::nullopt;
        return PeerName(names, "");
      };
}

ServiceLimit::Hold HoldIn(std::shared_ptr<CallBacklog> backlog, NamesInBacklog name_of) {
  return [backlog = std::move(backlog), name_of = std::move(name_of)](
             const grpc::ServerContext& context) -> std::optional<CallBacklog::Turn> {
    const std::optional<std::string> name = name_of(PeerNames(*context.auth_context()));
    if (!name.has_value()) return std::nullopt;
    return backlog->Begin(*name);
  };
}

void SetLimits(const GrpcServer::Options& options, const ServiceLimit::Hold& hold,
               grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 1);
  builder.SetResourceQuota(
      grpc::ResourceQuota("verifier").Resize(kGrpcBytes).SetMaxThreads(kMostThreads));
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(
      std::make_unique<ServiceLimit>("/grpc.reflection.", kReflectionCalls, hold));
  // These have no threads.
  interceptors.push_back(std::make_unique<ServiceLimit>("/grpc.health.", kHealthCalls, nullptr));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxHeadBytes);
  // What is compressed may be a thousand times as large as what was counted when it came.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kUnreadBytesPerStream);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kBytesPerRead);
  builder.AddChannelArgument(
      GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
      static_cast<int>(absl::ToInt64Milliseconds(options.connections.handshake_timeout)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(options.connection_age)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  // Two servers on one port would share its calls by chance.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A client that keeps its connection alive more often than gRPC's default allows must not be cut
  // off.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
}

CallListener* ListenerOf(GrpcAcceptor* acceptor) {
  return acceptor == nullptr ? &CallListener::Nobody() : acceptor;
}

}  // namespace

GrpcServer::GrpcServer(const Options& options, ImageVerifier* verifier, ClientRules clients,
                       std::shared_ptr<CallBacklog> backlog, std::unique_ptr<GrpcAcceptor> acceptor)
    : acceptor_(std::move(acceptor)),
      service_(verifier, std::move(clients),
               {.limits = options.limits,
                .read_timeout = options.read_timeout,
                .write_timeout = options.write_timeout,
                .metrics = options.metrics,
                .differences = options.differences,
                .recent = options.recent,
                .listener = ListenerOf(acceptor_.get()),
                .review_settings = options.review_settings,
                .policy_hash = options.policy_hash,
                .backlog = std::move(backlog),
                .clock = options.connections.clock}),
      queue_(options.call_threads),
      calls_(&service_, &queue_, options.limits.calls + options.limits.calls_of_others),
      health_(&queue_) {}

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Options& options,
                                                              ImageVerifier* verifier) {
  EnableReflection();
  CS_ASSIGN_OR_RETURN(ClientRules clients, ReadClientRules(options));
  const auto backlog =
      std::make_shared<CallBacklog>(CallBacklog::Limits(), options.connections.clock);
  ServerTlsOptions tls_options = options.tls;
  const NamesInBacklog name_in_backlog = NamesOfCounted(clients);
  tls_options.admits_call = [backlog, name_in_backlog](const http::ClientNames& names) {
    const std::optional<std::string> name = name_in_backlog(names);
    return !name.has_value() || backlog->Admit(*name);
  };
  const std::string& address = options.listen;
  CS_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> tls,
                      CreateServerTls(address, tls_options));
  for (const std::string& warning : clients.Warnings()) base::LogWarning("verifier", warning);
  std::unique_ptr<GrpcAcceptor> acceptor;
  if (!absl::StartsWith(address, "unix:")) {
    absl::StatusOr<std::unique_ptr<GrpcAcceptor>> listening =
        GrpcAcceptor::Listen(address, options.connections);
    if (!listening.ok()) {
      return base::Annotate(absl::StrCat("--listen ", address), listening.status());
    }
    acceptor = *std::move(listening);
  }
  std::unique_ptr<GrpcServer> server(
      new GrpcServer(options, verifier, std::move(clients), backlog, std::move(acceptor)));
  grpc::ServerBuilder builder;
  SetLimits(options, HoldIn(backlog, name_in_backlog), builder);
  server->queue_.Register(builder);
  server->calls_.Register(builder);
  builder.RegisterService(&server->health_);
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> handover;
  if (server->acceptor_ == nullptr) {
    builder.AddListeningPort(address, std::move(tls));
  } else {
    handover = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, std::move(tls));
    server->port_ = server->acceptor_->port();
  }
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) {
    return absl::UnavailableError(absl::StrCat("--listen ", address, ": cannot be served"));
  }
  server->queue_.Start();
  server->calls_.Start();
  server->health_.Start();
  server->SetServing(false);
  if (handover != nullptr) server->acceptor_->Start(std::move(handover));
  return server;
}

GrpcServer::~GrpcServer() {
  if (acceptor_ != nullptr) acceptor_->StopAccepting();
  // By itself gRPC would wait for as long as clients keep their calls open. Null: it never began.
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(base::In(absl::ZeroDuration())));
  queue_.End();
}

void GrpcServer::AddMetrics(base::Metrics* metrics) const {
  base::AddConnectionMetrics(
      "countersign_connections", [this] { return CountConnections(); }, metrics);
  service_.gate().AddMetrics(metrics);
}

base::ConnectionPlaces::Counts GrpcServer::CountConnections() const {
  return acceptor_ == nullptr ? base::ConnectionPlaces::Counts() : acceptor_->Count();
}

void GrpcServer::SetServing(bool serving) {
  health_.Set("", serving);
  health_.Set(v1::Verifier::service_full_name(), serving);
}

void GrpcServer::Drain(absl::Time deadline) {
  SetServing(false);
  if (acceptor_ != nullptr) acceptor_->StopAccepting();
  server_->Shutdown(absl::ToChronoTime(deadline));
}

}  // namespace countersign::verifier

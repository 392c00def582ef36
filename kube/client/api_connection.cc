#include "kube/client/api_connection.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "kube/client/api_status.h"

namespace countersign::kube {
namespace {

constexpr std::string_view kLogger = "kubernetes";
constexpr absl::Duration kPluginTimeout = absl::Seconds(30);
constexpr int kMostWaits = 3;
// There is one current client.
constexpr std::string_view kCurrent = "";

}  // namespace

absl::StatusOr<std::shared_ptr<ApiConnection>> ApiConnection::Create(ClusterConfig config,
                                                                     const Options& options) {
  std::shared_ptr<ApiConnection> connection(new ApiConnection(std::move(config), options));
  CS_RETURN_IF_ERROR(connection->source_.Check());
  if (connection->source_.config().insecure_skip_tls_verify) {
    base::LogWarning(kLogger,
                     "The API server's certificate is not checked (insecure-skip-tls-verify): "
                     "whoever stands between here and there can change what is read of it.",
                     {{"object", connection->server()}});
  }
  return connection;
}

ApiConnection::ApiConnection(ClusterConfig config, const Options& options)
    : source_(std::move(config), options.dead_peer_timeout, options.clock),
      options_(options),
      pool_({.threads = 1}),
      clients_(&pool_, options.clock, {}) {}

ApiConnection::~ApiConnection() = default;

absl::StatusOr<http::ClientResponse> ApiConnection::Send(const Request& request,
                                                         absl::Time deadline) {
  bool refused = false;
  for (int waits = 0;;) {
    CS_ASSIGN_OR_RETURN(const ClientPtr client, CurrentClient(deadline));
    absl::StatusOr<http::ClientResponse> response =
        client->http->Send(BuildRequest(request, client->access), deadline);
    if (!response.ok()) {
      Renew(client, /*refused=*/false);
      return response;
    }
    if (response->status == 401 && !std::exchange(refused, true)) {
      if (Renew(client, /*refused=*/true)) continue;
    }
    const absl::Duration wait = RetryAfter(*response);
    if (response->status != 429 || wait <= absl::ZeroDuration() || waits++ == kMostWaits ||
        wait >= base::TimeLeft(deadline)) {
      return response;
    }
    options_.clock->Sleep(wait);
  }
}

absl::StatusOr<ApiConnection::Stream> ApiConnection::Open(const Request& request,
                                                          absl::Time deadline) {
  Stream stream;
  CS_ASSIGN_OR_RETURN(stream.client_, CurrentClient(deadline));
  CS_ASSIGN_OR_RETURN(stream.response_,
                      stream.client_->http->Open(BuildRequest(request, stream.client_->access)));
  return stream;
}

http::ClientRequest ApiConnection::BuildRequest(const Request& request,
                                                const ClusterAccess& access) const {
  http::ClientRequest built;
  built.method = request.method;
  built.url = absl::StrCat(server(), request.path);
  built.body = request.body;
  built.max_response_bytes = request.max_response_bytes;
  built.insecure_skip_tls_verification = source_.config().insecure_skip_tls_verify;
  built.headers = {{"Accept", "application/json"}};
  if (!request.body.empty()) built.headers.emplace_back("Content-Type", "application/json");
  if (!access.token.empty()) {
    built.headers.emplace_back("Authorization", absl::StrCat("Bearer ", access.token));
  }
  return built;
}

absl::StatusOr<ApiConnection::ClientPtr> ApiConnection::CurrentClient(absl::Time deadline) {
  absl::Time not_before;
  {
    absl::MutexLock lock(&mutex_);
    not_before = not_before_;
  }
  CS_ASSIGN_OR_RETURN(
      const Clients::Reading current,
      clients_.Get(kCurrent, "", base::Share(), not_before, deadline, [this] { return Load(); }));
  return current.value.client;
}

bool ApiConnection::Renew(const ClientPtr& used, bool refused) {
  const std::optional<Clients::Reading> current = clients_.Find(kCurrent);
  if (current.has_value()) {
    const auto& [client, loaded_at] = current->value;
    if (!client.ok() || *client != used) return true;  // It was already.
    if (options_.clock->Now() < loaded_at + options_.shortest_interval) return false;
  }
  absl::MutexLock lock(&mutex_);
  // What is being loaded at this moment will do.
  if (current.has_value()) {
    not_before_ = std::max(not_before_, current->asked + absl::Nanoseconds(1));
  }
  refused_ = refused_ || refused;
  return true;
}

ApiConnection::Clients::Fresh ApiConnection::Load() {
  bool refused;
  {
    absl::MutexLock lock(&mutex_);
    refused = std::exchange(refused_, false);
  }
  const auto [client, fault] = source_.Load(refused, base::In(kPluginTimeout));
  const absl::Time now = options_.clock->Now();
  absl::Duration keep = options_.shortest_interval;
  if (!fault.ok() && client.ok()) keep = options_.interval_after_fault;
  if (fault.ok()) keep = std::max(keep, (*client)->access.expiry - now);
  return {.value = {client, now}, .keep = std::min(keep, options_.reread_interval)};
}

}  // namespace countersign::kube

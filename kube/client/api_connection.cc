#include "kube/client/api_connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "kube/client/api_status.h"

namespace countersign::kube {
namespace {

constexpr std::string_view kLogger = "kubernetes";
constexpr absl::Duration kPluginTimeout = absl::Seconds(30);
// However often they are refused or fail, credentials are not asked for more often than this.
constexpr absl::Duration kShortestInterval = absl::Seconds(1);
constexpr int kMostWaits = 3;

}  // namespace

// Credentials, and the client that was made with them.
struct ApiConnection::Session {
  ClusterAccess access;
  std::shared_ptr<http::CurlClient> client;
};

absl::StatusOr<std::shared_ptr<ApiConnection>> ApiConnection::Create(ClusterConfig config,
                                                                     const Options& options) {
  std::shared_ptr<ApiConnection> connection(new ApiConnection(std::move(config), options));
  CS_ASSIGN_OR_RETURN(ClusterAccess access, connection->source_.LoadFiles());
  CS_RETURN_IF_ERROR(connection->BuildSession(std::move(access), nullptr).status());
  if (connection->source_.config().insecure_skip_tls_verify) {
    base::LogWarning(kLogger,
                     "The API server's certificate is not checked (insecure-skip-tls-verify): "
                     "whoever stands between here and there can change the policy.",
                     {{"object", connection->server()}});
  }
  return connection;
}

ApiConnection::ApiConnection(ClusterConfig config, const Options& options)
    : source_(std::move(config), options.clock),
      options_(options),
      pool_({.threads = 1}),
      flights_(&pool_) {}

ApiConnection::~ApiConnection() = default;

absl::StatusOr<http::ClientResponse> ApiConnection::Send(const Request& request,
                                                         absl::Time deadline) {
  bool refused = false;
  for (int waits = 0;;) {
    CS_ASSIGN_OR_RETURN(const SessionPtr session, CurrentSession(deadline));
    absl::StatusOr<http::ClientResponse> response =
        session->client->Send(BuildRequest(request, *session), deadline);
    if (!response.ok()) {
      Renew(session, /*refused=*/false);
      return response;
    }
    if (response->status == 401 && !std::exchange(refused, true)) {
      if (Renew(session, /*refused=*/true)) continue;
    }
    const absl::Duration wait = RetryAfter(*response);
    if (response->status != 429 || wait <= absl::ZeroDuration() || waits++ == kMostWaits ||
        absl::Now() + wait >= deadline) {
      return response;
    }
    absl::SleepFor(wait);
  }
}

absl::StatusOr<ApiConnection::Stream> ApiConnection::Open(const Request& request,
                                                          absl::Time deadline) {
  Stream stream;
  CS_ASSIGN_OR_RETURN(stream.session_, CurrentSession(deadline));
  CS_ASSIGN_OR_RETURN(stream.response_,
                      stream.session_->client->Open(BuildRequest(request, *stream.session_)));
  return stream;
}

http::ClientRequest ApiConnection::BuildRequest(const Request& request,
                                                const Session& session) const {
  http::ClientRequest built;
  built.method = request.method;
  built.url = absl::StrCat(server(), request.path);
  built.body = request.body;
  built.max_response_bytes = request.max_response_bytes;
  built.insecure_skip_tls_verification = source_.config().insecure_skip_tls_verify;
  built.headers = {{"Accept", "application/json"}};
  if (!request.body.empty()) built.headers.emplace_back("Content-Type", "application/json");
  if (!session.access.token.empty()) {
    built.headers.emplace_back("Authorization", absl::StrCat("Bearer ", session.access.token));
  }
  return built;
}

absl::StatusOr<ApiConnection::SessionPtr> ApiConnection::CurrentSession(absl::Time deadline) {
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = options_.clock->Now();
    if (session_ != nullptr && now < renew_at_) return session_;
    if (session_ == nullptr && !fault_.ok() && now < loaded_at_ + kShortestInterval) return fault_;
  }
  return flights_.Run("", "", base::Share(), deadline, [this] { return LoadSession(); });
}

bool ApiConnection::Renew(const SessionPtr& session, bool refused) {
  absl::MutexLock lock(&mutex_);
  if (session_ != session) return true;  // It was already.
  if (options_.clock->Now() < loaded_at_ + kShortestInterval) return false;
  renew_at_ = absl::InfinitePast();
  refused_ = refused_ || refused;
  return true;
}

absl::StatusOr<ApiConnection::SessionPtr> ApiConnection::LoadSession() {
  bool refused;
  SessionPtr before;
  {
    absl::MutexLock lock(&mutex_);
    // Another may have been quicker.
    if (session_ != nullptr && options_.clock->Now() < renew_at_) return session_;
    refused = std::exchange(refused_, false);
    before = session_;
  }
  absl::StatusOr<ClusterAccess> access = source_.Load(refused, absl::Now() + kPluginTimeout);
  if (!access.ok()) return KeepSession(access.status());
  absl::StatusOr<SessionPtr> session = BuildSession(*std::move(access), before);
  if (!session.ok()) return KeepSession(session.status());
  absl::MutexLock lock(&mutex_);
  session_ = *session;
  loaded_at_ = options_.clock->Now();
  renew_at_ = std::min(loaded_at_ + options_.reread_interval,
                       std::max(session_->access.expiry, loaded_at_ + kShortestInterval));
  fault_ = absl::OkStatus();
  return session_;
}

// The last good session, if there is one, stays for a while.
absl::StatusOr<ApiConnection::SessionPtr> ApiConnection::KeepSession(const absl::Status& why) {
  absl::Status before;
  SessionPtr kept;
  {
    absl::MutexLock lock(&mutex_);
    loaded_at_ = options_.clock->Now();
    renew_at_ = loaded_at_ + std::min(options_.reread_interval, absl::Seconds(5));
    before = std::exchange(fault_, why);
    kept = session_;
  }
  if (before != why) {
    base::LogWarning(kLogger,
                     kept == nullptr ? "There are no credentials for the API server."
                                     : "The credentials for the API server cannot be read again; "
                                       "those read last are used.",
                     {{"object", server()}, {"error", std::string(why.message())}});
  }
  if (kept == nullptr) return why;
  return kept;
}

absl::StatusOr<ApiConnection::SessionPtr> ApiConnection::BuildSession(
    ClusterAccess access, const SessionPtr& before) const {
  if (before != nullptr && before->access == access) return before;
  auto session = std::make_shared<Session>();
  session->access = std::move(access);
  const TlsMaterial& tls = session->access.tls;
  if (before != nullptr && before->access.tls == tls) {
    session->client = before->client;
    return session;
  }
  http::CurlClient::Options options;
  if (source_.config().certificate_authority.IsGiven()) options.only_ca_pem = tls.ca_pem;
  options.identity = {tls.client_certificate_pem, tls.client_key_pem};
  options.use_proxies = !source_.config().is_in_cluster;
  options.tls_server_name = source_.config().tls_server_name;
  options.http1_only = true;
  options.dead_peer_timeout = options_.dead_peer_timeout;
  absl::StatusOr<std::unique_ptr<http::CurlClient>> client = http::CurlClient::Create(options);
  if (!client.ok()) {
    const std::string& file = source_.config().certificate_authority.file;
    return base::Annotate(file.empty() ? "certificate-authority-data" : file, client.status());
  }
  session->client = *std::move(client);
  return session;
}

}  // namespace countersign::kube

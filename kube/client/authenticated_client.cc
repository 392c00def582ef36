#include "kube/client/authenticated_client.h"

#include <string>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"

namespace countersign::kube {

AuthenticatedClientSource::AuthenticatedClientSource(ClusterConfig config,
                                                     absl::Duration dead_peer_timeout,
                                                     const base::Clock* clock)
    : access_(std::move(config), clock), dead_peer_timeout_(dead_peer_timeout) {}

absl::Status AuthenticatedClientSource::Check() const {
  CS_ASSIGN_OR_RETURN(ClusterAccess access, access_.LoadFiles());
  return Make(std::move(access)).status();
}

AuthenticatedClientSource::Loaded AuthenticatedClientSource::Load(bool refused,
                                                                  absl::Time deadline) {
  absl::StatusOr<ClusterAccess> access = access_.Load(refused, deadline);
  const absl::StatusOr<ClientPtr> client =
      access.ok() ? Make(*std::move(access)) : absl::StatusOr<ClientPtr>(access.status());
  const absl::Status before = std::exchange(fault_, client.status());
  if (client.ok()) {
    last_ = *client;
    return {last_, fault_};
  }
  if (before != fault_) {
    base::LogWarning("kubernetes",
                     last_ == nullptr ? "There are no credentials for the API server."
                                      : "The credentials for the API server cannot be read again; "
                                        "those read last are used.",
                     {{"object", config().server}, {"error", std::string(fault_.message())}});
  }
  if (last_ == nullptr) return {fault_, fault_};
  return {last_, fault_};
}

absl::StatusOr<AuthenticatedClientSource::ClientPtr> AuthenticatedClientSource::Make(
    ClusterAccess access) const {
  if (last_ != nullptr && last_->access == access) return last_;
  auto client = std::make_shared<AuthenticatedClient>();
  client->access = std::move(access);
  const TlsMaterial& tls = client->access.tls;
  if (last_ != nullptr && last_->access.tls == tls) {
    client->http = last_->http;
    return client;
  }
  http::CurlClient::Options options;
  if (config().certificate_authority.IsGiven()) options.only_ca_pem = tls.ca_pem;
  options.identity = {tls.client_certificate_pem, tls.client_key_pem};
  options.use_proxies = !config().is_in_cluster;
  options.tls_server_name = config().tls_server_name;
  options.http1_only = true;
  options.dead_peer_timeout = dead_peer_timeout_;
  absl::StatusOr<std::unique_ptr<http::CurlClient>> http = http::CurlClient::Create(options);
  if (!http.ok()) {
    const std::string& file = config().certificate_authority.file;
    return base::Annotate(file.empty() ? "certificate-authority-data" : file, http.status());
  }
  client->http = *std::move(http);
  return client;
}

}  // namespace countersign::kube

#include "verifier/registries/registry_http_client.h"

#include <utility>

#include "base/status_macros.h"

namespace countersign::verifier {
namespace {

// A registry must not be able to tell our question from a node's, and answer it otherwise: so says
// containerd.
constexpr char kNodesUserAgent[] = "containerd/v2.1.4";

absl::StatusOr<std::shared_ptr<http::CurlClient>> CreateClient(
    const std::vector<std::string>& authorities, const RegistryIdentities::Identities& identities) {
  http::CurlClient::Options options;
  options.extra_ca_pem = authorities;
  options.identities = identities;
  options.user_agent = kNodesUserAgent;
  CS_ASSIGN_OR_RETURN(std::shared_ptr<http::CurlClient> client, http::CurlClient::Create(options));
  return client;
}

absl::StatusOr<std::vector<FollowedSecret>> ParseSecretNames(
    const std::vector<std::string>& texts) {
  std::vector<FollowedSecret> names;
  for (const std::string& text : texts) {
    absl::StatusOr<FollowedSecret> name = RegistryCaSecrets::ParseName(text);
    if (!name.ok()) return base::Annotate("--registry-ca-secret", name.status());
    names.push_back(*std::move(name));
  }
  return names;
}

absl::StatusOr<std::vector<RegistryIdentities::Assignment>> ParseAssignments(
    const std::vector<std::string>& texts) {
  std::vector<RegistryIdentities::Assignment> assignments;
  for (const std::string& text : texts) {
    auto assignment = RegistryIdentities::Parse(text);
    if (!assignment.ok()) return base::Annotate("--registry-client-cert", assignment.status());
    assignments.push_back(*std::move(assignment));
  }
  return assignments;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RegistryHttpClient>> RegistryHttpClient::Create(
    const Options& options, kube::SecretReader* secrets, const base::Clock* clock) {
  Followed followed;
  followed.ca_files = options.ca_files;
  absl::StatusOr<Pem> authorities = RegistryCaFiles::Read(options.ca_files);
  if (!authorities.ok()) return base::Annotate("--registry-ca", authorities.status());
  followed.authorities = *std::move(authorities);
  CS_ASSIGN_OR_RETURN(followed.ca_secrets, ParseSecretNames(options.ca_secrets));
  CS_ASSIGN_OR_RETURN(followed.client_certs, ParseAssignments(options.client_certs));
  CS_ASSIGN_OR_RETURN(std::shared_ptr<http::CurlClient> client,
                      CreateClient(followed.authorities, {}));
  return std::unique_ptr<RegistryHttpClient>(
      new RegistryHttpClient(followed, std::move(client), secrets, clock));
}

RegistryHttpClient::RegistryHttpClient(const Followed& followed,
                                       std::shared_ptr<http::CurlClient> client,
                                       kube::SecretReader* secrets, const base::Clock* clock)
    : current_(client),
      client_(std::move(client)),
      authorities_of_files_(followed.authorities),
      ca_files_(
          followed.ca_files, followed.authorities,
          [this](const Pem& authorities) { return TrustFiles(authorities); }, clock),
      ca_secrets_(secrets, followed.ca_secrets,
                  [this](const Pem& authorities) { return TrustSecrets(authorities); },
                  {.clock = clock}),
      client_certs_(secrets, followed.client_certs,
                    [this](const RegistryIdentities::Identities& identities) {
                      return ShowCertificates(identities);
                    },
                    {.clock = clock}) {}

void RegistryHttpClient::Stop() {
  absl::MutexLock lock(&mutex_);
  current_->Stop();
  is_stopped_ = true;
}

absl::Status RegistryHttpClient::TrustFiles(const Pem& authorities) {
  absl::MutexLock one_at_a_time(&trust_mutex_);
  authorities_of_files_ = authorities;
  return ReplaceClient();
}

absl::Status RegistryHttpClient::TrustSecrets(const Pem& authorities) {
  absl::MutexLock one_at_a_time(&trust_mutex_);
  authorities_of_secrets_ = authorities;
  return ReplaceClient();
}

absl::Status RegistryHttpClient::ShowCertificates(
    const RegistryIdentities::Identities& identities) {
  absl::MutexLock one_at_a_time(&trust_mutex_);
  identities_ = identities;
  return ReplaceClient();
}

absl::Status RegistryHttpClient::ReplaceClient() {
  Pem authorities = authorities_of_files_;
  authorities.insert(authorities.end(), authorities_of_secrets_.begin(),
                     authorities_of_secrets_.end());
  CS_ASSIGN_OR_RETURN(std::shared_ptr<http::CurlClient> replacement,
                      CreateClient(authorities, identities_));
  absl::MutexLock lock(&mutex_);
  if (is_stopped_) return absl::CancelledError("the verifier is ending");
  current_ = replacement;
  client_.Replace(std::move(replacement));
  return absl::OkStatus();
}

}  // namespace countersign::verifier

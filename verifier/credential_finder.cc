#include "verifier/credential_finder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "registry/docker_config.h"

namespace countersign::verifier {
namespace {

// The service account whose imagePullSecrets serve every image (Sign's documented name).
constexpr std::string_view kDeploymentServiceAccount = "image-policy-registry-credentials";

// Reads a pull secret by its type (Kubernetes documentation, "Secrets", "Docker config Secrets").
absl::StatusOr<registry::DockerConfig> ReadPullSecret(const kube::Secret& secret) {
  const bool is_dockercfg = secret.type == "kubernetes.io/dockercfg";
  if (!is_dockercfg && secret.type != "kubernetes.io/dockerconfigjson") {
    return absl::InvalidArgumentError(absl::StrCat(
        "its type is \"", secret.type,
        "\"; a pull secret is kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg"));
  }
  const std::string_view member = is_dockercfg ? ".dockercfg" : ".dockerconfigjson";
  const std::string* bytes = secret.Find(member);
  if (bytes == nullptr)
    return absl::InvalidArgumentError(absl::StrCat("it has no member ", member));
  return is_dockercfg ? registry::DockerConfig::ParseDockercfg(*bytes)
                      : registry::DockerConfig::ParseConfigJson(*bytes);
}

// Length-prefixed, so that no two different lists of texts give the same key.
void AppendKeyPart(std::string* key, std::string_view part) {
  absl::StrAppend(key, part.size(), ":", part, ",");
}

}  // namespace

std::string CredentialScope::Key() const {
  std::string key;
  AppendKeyPart(&key, workload_namespace);
  AppendKeyPart(&key, service_account);
  absl::StrAppend(&key, image_pull_secrets.size(), ";");
  for (const std::string& secret : image_pull_secrets) AppendKeyPart(&key, secret);
  for (const policy::SecretName& secret : policy_secrets) {
    AppendKeyPart(&key, secret.secret_namespace);
    AppendKeyPart(&key, secret.name);
  }
  return key;
}

CredentialFinder::CredentialFinder(kube::Api* api, Options options)
    : api_(api), options_(std::move(options)) {}

CredentialFinder::Walk CredentialFinder::Find(const CredentialScope& scope,
                                              const oci::Repository& repository) const {
  using Kind = Walk::Source::Kind;
  Walk walk(this, repository);
  if (options_.local.has_value())
    walk.sources_.push_back({Kind::kLocal, "", "", options_.local->source});
  if (!scope.workload_namespace.empty()) {
    for (const std::string& name : scope.image_pull_secrets) {
      walk.sources_.push_back(
          {Kind::kSecret, scope.workload_namespace, name,
           absl::StrCat("imagePullSecret ", scope.workload_namespace, "/", name)});
    }
    const std::string account = scope.service_account.empty() ? "default" : scope.service_account;
    walk.sources_.push_back(
        {Kind::kServiceAccount, scope.workload_namespace, account,
         absl::StrCat("service account ", scope.workload_namespace, "/", account)});
  }
  for (const policy::SecretName& secret : scope.policy_secrets) {
    walk.sources_.push_back(
        {Kind::kSecret, secret.secret_namespace, secret.name,
         absl::StrCat("the policy's secretRef ", secret.secret_namespace, "/", secret.name)});
  }
  walk.sources_.push_back({Kind::kServiceAccount, options_.deployment_namespace,
                           std::string(kDeploymentServiceAccount),
                           absl::StrCat("service account ", options_.deployment_namespace, "/",
                                        kDeploymentServiceAccount)});
  return walk;
}

std::optional<FoundCredential> CredentialFinder::Walk::Next(absl::Time deadline) {
  while (!ended_) {
    while (!found_.empty()) {
      FoundCredential next = std::move(found_.front());
      found_.pop_front();
      if (given_.insert(next.credential).second) return next;
    }
    if (sources_.empty()) {
      ended_ = true;
      return FoundCredential{.credential = {}, .source = "anonymous"};
    }
    const Source source = std::move(sources_.front());
    sources_.pop_front();
    Open(source, deadline);
  }
  return std::nullopt;
}

void CredentialFinder::Walk::Open(const Source& source, absl::Time deadline) {
  switch (source.kind) {
    case Source::Kind::kLocal:
      for (registry::Credential& credential : finder_->options_.local->find(repository_)) {
        found_.push_back({std::move(credential), source.description});
      }
      return;
    case Source::Kind::kSecret:
      return OpenSecret(source, deadline);
    case Source::Kind::kServiceAccount:
      return OpenServiceAccount(source, deadline);
  }
}

void CredentialFinder::Walk::OpenSecret(const Source& source, absl::Time deadline) {
  const absl::StatusOr<kube::Secret> secret =
      finder_->api_->FetchSecret(source.object_namespace, source.name, deadline);
  const absl::StatusOr<registry::DockerConfig> config =
      secret.ok() ? ReadPullSecret(*secret) : secret.status();
  if (!config.ok()) {
    faults_.push_back(
        absl::StrCat(source.description, ": ",
                     absl::IsNotFound(config.status()) ? "not found" : config.status().message()));
    return;
  }
  for (const std::string& fault : config->faults())
    faults_.push_back(absl::StrCat(source.description, ": ", fault));
  for (registry::Credential& credential : config->FindCredentials(repository_)) {
    // An empty entry means the same as none; anonymous has its own turn.
    if (!credential.IsAnonymous()) found_.push_back({std::move(credential), source.description});
  }
}

void CredentialFinder::Walk::OpenServiceAccount(const Source& source, absl::Time deadline) {
  const absl::StatusOr<kube::ServiceAccount> account =
      finder_->api_->FetchServiceAccount(source.object_namespace, source.name, deadline);
  if (!account.ok()) {
    // An account that does not exist is usual: `default` in a directory of manifests, and the
    // deployment's own, which is optional.
    if (!absl::IsNotFound(account.status())) {
      faults_.push_back(absl::StrCat(source.description, ": ", account.status().message()));
    }
    return;
  }
  // In front of what is still to come, in the account's order.
  const std::vector<std::string>& names = account->image_pull_secrets;
  std::for_each(names.rbegin(), names.rend(), [&](const std::string& name) {
    sources_.push_front({Source::Kind::kSecret, source.object_namespace, name,
                         absl::StrCat("imagePullSecret ", source.object_namespace, "/", name,
                                      " of ", source.description)});
  });
}

}  // namespace countersign::verifier

#include "verifier/credential_finder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
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
  if (anonymous_only) return "anonymous";
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

CredentialFinder::CredentialFinder(CachingApi* api, Options options)
    : api_(api), options_(std::move(options)) {}

CredentialFinder::Walk CredentialFinder::Find(const CredentialScope& scope,
                                              const oci::Repository& repository,
                                              const base::Share& share) const {
  using Kind = Walk::Source::Kind;
  Walk walk(this, repository, share);
  if (scope.anonymous_only) return walk;
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
  if (options_.providers == nullptr) return walk;
  for (const size_t provider : options_.providers->FindProviders(repository)) {
    walk.sources_.push_back(
        {.kind = Kind::kProvider,
         .description = absl::StrCat("credential provider ", options_.providers->name(provider)),
         .provider = provider});
  }
  return walk;
}

CredentialFinder::Walk::Walk(const CredentialFinder* finder, oci::Repository repository,
                             const base::Share& share)
    : finder_(finder),
      repository_(std::move(repository)),
      share_(share),
      started_(finder->api_->Now()) {}

std::optional<FoundCredential> CredentialFinder::Walk::Next(absl::Time deadline) {
  while (true) {
    while (!found_.empty()) {
      FoundCredential next = std::move(found_.front());
      found_.pop_front();
      if (!given_.insert(next.credential).second) continue;
      gave_any_ = true;
      return next;
    }
    if (!secrets_.empty()) {
      const PullSecret secret = std::move(secrets_.front());
      secrets_.pop_front();
      OpenSecret(secret, deadline);
    } else if (!OpenNext(deadline)) {
      if (was_anonymous_) return std::nullopt;
      was_anonymous_ = true;
      return FoundCredential{.credential = {}, .source = "anonymous"};
    }
  }
}

bool CredentialFinder::Walk::OpenNext(absl::Time deadline) {
  const auto may_be_read_again = [](const Source& source) {
    return source.was_remembered && !source.was_read_again;
  };
  size_t next = sources_.size();
  if (gave_any_ && may_be_read_again(source())) {
    next = current_;
  } else if (opened_ < sources_.size()) {
    next = opened_++;
  } else if (was_anonymous_) {
    next = std::find_if(sources_.begin(), sources_.end(), may_be_read_again) - sources_.begin();
  }
  if (next == sources_.size()) return false;
  current_ = next;
  gave_any_ = false;
  source().was_read_again = source().was_remembered;
  source().faults.clear();
  Open(deadline);
  return true;
}

std::vector<std::string> CredentialFinder::Walk::faults() const {
  std::vector<std::string> faults;
  for (const Source& source : sources_) {
    faults.insert(faults.end(), source.faults.begin(), source.faults.end());
  }
  return faults;
}

void CredentialFinder::Walk::Open(absl::Time deadline) {
  switch (source().kind) {
    case Source::Kind::kLocal:
      for (registry::Credential& credential : finder_->options_.local->find(repository_)) {
        found_.push_back({std::move(credential), source().description});
      }
      return;
    case Source::Kind::kSecret:
      secrets_.push_back({source().object_namespace, source().name, source().description});
      return;
    case Source::Kind::kServiceAccount:
      return OpenServiceAccount(deadline);
    case Source::Kind::kProvider:
      return OpenProvider(deadline);
  }
}

void CredentialFinder::Walk::OpenSecret(const PullSecret& secret, absl::Time deadline) {
  const Reading<kube::Secret> read = finder_->api_->ReadSecret(secret.object_namespace, secret.name,
                                                               NotBefore(), deadline, share_);
  if (read.asked < started_) source().was_remembered = true;
  const absl::StatusOr<registry::DockerConfig> config =
      read.object.ok() ? ReadPullSecret(**read.object) : read.object.status();
  std::vector<std::string>& faults = source().faults;
  if (!config.ok()) {
    faults.push_back(
        absl::StrCat(secret.description, ": ",
                     absl::IsNotFound(config.status()) ? "not found" : config.status().message()));
    return;
  }
  for (const std::string& fault : config->faults())
    faults.push_back(absl::StrCat(secret.description, ": ", fault));
  for (registry::Credential& credential : config->FindCredentials(repository_)) {
    // An empty entry means the same as none; anonymous has its own turn.
    if (!credential.IsAnonymous()) found_.push_back({std::move(credential), secret.description});
  }
}

void CredentialFinder::Walk::OpenServiceAccount(absl::Time deadline) {
  const Reading<kube::ServiceAccount> read = finder_->api_->ReadServiceAccount(
      source().object_namespace, source().name, NotBefore(), deadline, share_);
  if (read.asked < started_) source().was_remembered = true;
  if (!read.object.ok()) {
    // An account that does not exist is usual: `default` in a directory of manifests, and the
    // deployment's own, which is optional.
    if (!absl::IsNotFound(read.object.status())) {
      source().faults.push_back(
          absl::StrCat(source().description, ": ", read.object.status().message()));
    }
    return;
  }
  for (const std::string& name : (*read.object)->image_pull_secrets) {
    secrets_.push_back({source().object_namespace, name,
                        absl::StrCat("imagePullSecret ", source().object_namespace, "/", name,
                                     " of ", source().description)});
  }
}

void CredentialFinder::Walk::OpenProvider(absl::Time deadline) {
  // One that hangs must leave time for those after it; its program goes on for the next walk.
  const absl::Time now = absl::Now();
  const absl::StatusOr<CredentialProviders::Answer> answer = finder_->options_.providers->Fetch(
      source().provider, repository_, NotBefore(), now + (deadline - now) / 2, share_);
  if (!answer.ok()) {
    source().faults.push_back(absl::StrCat(source().description, ": ", answer.status().message()));
    return;
  }
  if (answer->asked < started_) source().was_remembered = true;
  for (const registry::Credential& credential : answer->credentials) {
    found_.push_back({credential, source().description});
  }
}

absl::Time CredentialFinder::Walk::NotBefore() const {
  return sources_[current_].was_read_again ? started_ : absl::InfinitePast();
}

}  // namespace countersign::verifier

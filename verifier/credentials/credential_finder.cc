#include "verifier/credentials/credential_finder.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"

namespace countersign::verifier {
namespace {

// The service account whose imagePullSecrets serve every image (Sign's documented name).
constexpr std::string_view kDeploymentServiceAccount = "image-policy-registry-credentials";

constexpr std::string_view kOperators = "a credential of the operator's";
constexpr size_t kMaxFaults = 10;
// Each costs the API server a read, there or not, and whoever writes an account may name any number.
constexpr size_t kMaxSecretsOfAccount = 100;
constexpr std::string_view kTooMany = "of its imagePullSecrets only the first 100 are read";

// Why a pull secret gives nothing, for whoever reads a denial. A Secret that is something else
// reads the same as one that is absent: what it is, is not the business of who may name it.
std::string_view ShownFault(const absl::Status& failure) {
  if (absl::IsNotFound(failure)) {
    return "not found as a pull secret (a Secret of type kubernetes.io/dockerconfigjson or "
           "kubernetes.io/dockercfg)";
  }
  if (absl::IsInvalidArgument(failure)) return failure.message();
  return "could not be read";
}

}  // namespace

CredentialFinder::CredentialFinder(CachingSecretReader* reader, Options options)
    : reader_(reader),
      options_(std::move(options)),
      kept_secrets_(
          std::make_shared<base::SourceShares>(options_.kept_secret_bytes, PullSecrets::kRules)) {}

CredentialFinder::Walk CredentialFinder::Find(ScopePtr scope, const oci::Repository& repository,
                                              const base::Share& share,
                                              const base::WorkerPool::Wanted& is_wanted) const {
  return Walk(this, std::move(scope), repository, share, is_wanted);
}

CredentialFinder::Walk::Walk(const CredentialFinder* finder, ScopePtr scope,
                             oci::Repository repository, const base::Share& share,
                             base::WorkerPool::Wanted is_wanted)
    : finder_(finder),
      scope_(std::move(scope)),
      repository_(std::move(repository)),
      share_(share),
      is_wanted_(std::move(is_wanted)),
      started_(finder->reader_->Now()) {
  if (!scope_->scope.anonymous_only) AddSources();
}

void CredentialFinder::Walk::AddSources() {
  const CredentialScope& scope = scope_->scope;
  const Options& options = finder_->options_;
  if (options.local.has_value()) sources_.push_back({Role::kLocal, "", ""});
  if (!scope.workload_namespace.empty()) {
    for (const std::string& name : scope.image_pull_secrets) {
      sources_.push_back({Role::kPullSecret, scope.workload_namespace, name});
    }
    sources_.push_back(
        {Role::kServiceAccount, scope.workload_namespace,
         scope.service_account.empty() ? std::string_view("default") : scope.service_account});
  }
  for (const policy::SecretReference& secret : scope.policy_secrets) {
    sources_.push_back({Role::kPolicySecret, secret.secret_namespace, secret.name});
  }
  sources_.push_back(
      {Role::kDeploymentAccount, options.deployment_namespace, kDeploymentServiceAccount});
  if (options.providers == nullptr) return;
  for (const size_t provider : options.providers->FindProviders(repository_)) {
    sources_.push_back({Role::kProvider, "", options.providers->name(provider), provider});
  }
}

std::optional<FoundCredential> CredentialFinder::Walk::TakeNext(absl::Time deadline) {
  while (named_left_ > 0) {
    if (std::optional<FoundCredential> next = TakeFound()) return next;
    if (is_wanted_ != nullptr && !is_wanted_()) {
      StopNamed("nobody waits for it any more");
    } else if (!secrets_.empty()) {
      const std::string secret = std::move(secrets_.front());
      secrets_.pop_front();
      OpenSecret(secret, deadline);
    } else if (!OpenNext(deadline)) {
      return TakeAnonymous();
    }
  }
  const bool is_more = !found_.empty() || !secrets_.empty() || opened_ < sources_.size();
  if (is_more && left_out_.empty()) {
    left_out_ = absl::StrCat("more than ", kMaxCredentials - 1, " credentials");
  }
  return TakeAnonymous();
}

void CredentialFinder::Walk::StopNamed(std::string_view why) {
  named_left_ = 0;
  left_out_ = std::string(why);
  was_stopped_ = true;
}

std::optional<FoundCredential> CredentialFinder::Walk::TakeFound() {
  while (!found_.empty()) {
    FoundCredential next = std::move(found_.front());
    found_.pop_front();
    if (!given_.insert(next.credential).second) continue;
    gave_any_ = true;
    --named_left_;
    return next;
  }
  return std::nullopt;
}

std::optional<FoundCredential> CredentialFinder::Walk::TakeAnonymous() {
  if (was_anonymous_) return std::nullopt;
  was_anonymous_ = true;
  return FoundCredential{.credential = {}, .source = {"anonymous", "anonymous"}};
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
  kept_faults_ -= source().faults.size();
  source().faults.clear();
  source().more_faults = 0;
  Open(deadline);
  return true;
}

std::vector<SourceText> CredentialFinder::Walk::faults() const {
  std::vector<SourceText> faults;
  size_t count = 0;
  const auto add = [&](const SourceText& fault) {
    // Of the operator's it is enough to say it once.
    const bool is_said = absl::c_any_of(faults, [&](const SourceText& other) {
      return other.shown == fault.shown && other.logged == fault.logged;
    });
    if (!is_said && ++count <= kMaxFaults) faults.push_back(fault);
  };
  for (const Source& source : sources_) {
    for (const SourceText& fault : source.faults) add(fault);
    count += source.more_faults;
  }
  if (count > kMaxFaults) {
    const std::string rest = absl::StrCat("and ", count - kMaxFaults + 1, " more");
    faults.back() = {rest, rest};
  }
  if (!left_out_.empty()) {
    const std::string not_tried = absl::StrCat("the rest was not tried: ", left_out_);
    faults.push_back({not_tried, not_tried});
  }
  return faults;
}

void CredentialFinder::Walk::Open(absl::Time deadline) {
  switch (source().role) {
    case Role::kLocal:
      for (registry::Credential& credential : finder_->options_.local->find(repository_)) {
        found_.push_back({std::move(credential), Describe()});
      }
      return;
    case Role::kPullSecret:
    case Role::kPolicySecret:
      secrets_.emplace_back(source().name);
      return;
    case Role::kServiceAccount:
    case Role::kDeploymentAccount:
      return OpenServiceAccount(deadline);
    case Role::kProvider:
      return OpenProvider(deadline);
  }
}

void CredentialFinder::Walk::OpenSecret(const std::string& name, absl::Time deadline) {
  const ObjectReading<kube::Secret> read =
      finder_->reader_->ReadSecret(source().object_namespace, name, NotBefore(), deadline, share_);
  if (read.asked < started_) source().was_remembered = true;
  if (!read.object.ok()) {
    AddFault(name, ShownFault(read.object.status()), read.object.status().message());
    return;
  }
  scope_->pull_secrets.Read(*read.object, {finder_->kept_secrets_, share_},
                            [&](const PullSecrets::Parsed& config) { UseSecret(name, config); });
}

void CredentialFinder::Walk::UseSecret(const std::string& name, const PullSecrets::Parsed& config) {
  if (absl::IsResourceExhausted(config.status())) return StopNamed(config.status().message());
  if (!config.ok()) {
    AddFault(name, ShownFault(config.status()), config.status().message());
    return;
  }
  for (const std::string& fault : config->faults()) AddFault(name, fault, fault);
  for (registry::Credential& credential : config->FindCredentials(repository_)) {
    // An empty entry means the same as none; anonymous has its own turn.
    if (!credential.IsAnonymous()) found_.push_back({std::move(credential), Describe(name)});
  }
}

void CredentialFinder::Walk::OpenServiceAccount(absl::Time deadline) {
  const ObjectReading<kube::ServiceAccount> read = finder_->reader_->ReadServiceAccount(
      source().object_namespace, source().name, NotBefore(), deadline, share_);
  if (read.asked < started_) source().was_remembered = true;
  if (!read.object.ok()) {
    // An account that does not exist is usual: `default` in a directory of manifests, and the
    // deployment's own, which is optional.
    if (!absl::IsNotFound(read.object.status())) {
      AddFault("", "could not be read", read.object.status().message());
    }
    return;
  }
  absl::flat_hash_set<std::string_view> seen;
  for (const std::string& name : (*read.object)->image_pull_secrets) {
    if (!seen.insert(name).second) continue;
    if (seen.size() > kMaxSecretsOfAccount) return AddFault("", kTooMany, kTooMany);
    secrets_.push_back(name);
  }
}

void CredentialFinder::Walk::OpenProvider(absl::Time deadline) {
  // One that hangs must leave time for those after it; its program goes on a while for the next
  // walk.
  const absl::StatusOr<CredentialProviders::Answer> answer = finder_->options_.providers->Fetch(
      source().provider, repository_, NotBefore(), base::In(base::TimeLeft(deadline) / 2), share_,
      is_wanted_);
  if (!answer.ok()) {
    AddFault("", answer.status().message(), answer.status().message());
    return;
  }
  if (answer->asked < started_) source().was_remembered = true;
  for (const registry::Credential& credential : answer->credentials) {
    found_.push_back({credential, Describe()});
  }
}

absl::Time CredentialFinder::Walk::NotBefore() const {
  return sources_[current_].was_read_again ? started_ : absl::InfinitePast();
}

SourceText CredentialFinder::Walk::Describe(std::string_view secret) const {
  const auto& [role, object_namespace, name, provider, remembered, again, faults, more] = source();
  const std::string account = absl::StrCat("service account ", object_namespace, "/", name);
  const std::string of_account = secret.empty() ? account
                                                : absl::StrCat("imagePullSecret ", object_namespace,
                                                               "/", secret, " of ", account);
  switch (role) {
    case Role::kLocal:
      return {finder_->options_.local->source, finder_->options_.local->source};
    case Role::kPullSecret: {
      const std::string own = absl::StrCat("imagePullSecret ", object_namespace, "/", name);
      return {own, own};
    }
    case Role::kServiceAccount:
      return {of_account, of_account};
    case Role::kDeploymentAccount:
      return {std::string(kOperators), of_account};
    case Role::kPolicySecret:
      return {std::string(kOperators),
              absl::StrCat("the policy's secretRef ", object_namespace, "/", name)};
    case Role::kProvider:
      break;
  }
  const std::string plugin = absl::StrCat("credential provider ", name);
  return {plugin, plugin};
}

void CredentialFinder::Walk::AddFault(std::string_view secret, std::string_view shown,
                                      std::string_view logged) {
  if (kept_faults_ == kMaxFaults) {
    ++source().more_faults;
    return;
  }
  ++kept_faults_;
  const SourceText source_text = Describe(secret);
  const bool is_operators = source_text.shown == kOperators;
  source().faults.push_back(
      {absl::StrCat(source_text.shown, ": ", is_operators ? "could not be used" : shown),
       absl::StrCat(source_text.logged, ": ", logged)});
}

}  // namespace countersign::verifier

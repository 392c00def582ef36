#include "verifier/credentials/credential_providers.h"

#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "oci/registry_name.h"
#include "verifier/credentials/plugin_complaint.h"

namespace countersign::verifier {
namespace {

constexpr size_t kMaxAnswerBytes = 1 << 20;
// Of one provider, while others of it run.
constexpr int kMaxWaitingRuns = 1024;

std::string ProgramOf(const std::string& bin_dir, const CredentialProvider& provider) {
  return absl::StrCat(bin_dir, "/", provider.name);
}

absl::Status CheckProgram(const std::string& program) {
  struct stat found;
  if (stat(program.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no file ", program));
  }
  if (access(program.c_str(), X_OK) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(program, " is not executable"));
  }
  return absl::OkStatus();
}

// The image as the kubelet puts it: without tag and digest.
std::string QuestionAbout(const CredentialProvider& provider, const oci::Repository& repository) {
  const bool is_docker_hub = repository.registry == oci::kDockerHub;
  return base::Json(
             {{"apiVersion", provider.api_version},
              {"kind", "CredentialProviderRequest"},
              {"image", is_docker_hub ? absl::StrCat(oci::kDockerHubShortName, "/", repository.path)
                                      : repository.ToString()}})
      .dump();
}

absl::Status Failure(const CredentialProvider& provider, const base::CommandResult& result) {
  std::vector<std::string> secrets;
  for (const base::Command::Variable& variable : provider.environment) {
    secrets.push_back(variable.value);
  }
  const std::string complaint = FirstComplaint(result.error_output, secrets);
  return absl::FailedPreconditionError(
      absl::StrCat(result.HowItEnded(), complaint.empty() ? "" : ": ", complaint));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CredentialProviders>> CredentialProviders::Load(
    const std::string& config_file, const std::string& bin_dir, const base::Clock* clock) {
  CS_ASSIGN_OR_RETURN(const std::string text, base::LoadFile(config_file));
  CS_ASSIGN_OR_RETURN(std::vector<CredentialProvider> providers,
                      ParseCredentialProviderConfig(config_file, text));
  for (size_t i = 0; i < providers.size(); ++i) {
    if (const absl::Status program = CheckProgram(ProgramOf(bin_dir, providers[i]));
        !program.ok()) {
      return base::Annotate(absl::StrCat(config_file, ": /providers/", i, "/name"), program);
    }
  }
  return std::make_unique<CredentialProviders>(std::move(providers), bin_dir, clock, Options());
}

CredentialProviders::CredentialProviders(std::vector<CredentialProvider> providers,
                                         std::string bin_dir, const base::Clock* clock,
                                         const Options& options)
    : bin_dir_(std::move(bin_dir)),
      clock_(clock),
      options_(options),
      pool_({.threads = options.max_runs,
             .threads_per_lane = options.max_runs_of_one,
             .queue_per_lane = kMaxWaitingRuns,
             .shares = true}),
      answers_(&pool_, clock,
               {.max_entries = options.kept_answers,
                .max_weight = options.kept_bytes,
                .between_renewals = options.between_renewals,
                .errors_forget = false}) {
  for (CredentialProvider& provider : providers) providers_.emplace_back(std::move(provider));
}

CredentialProviders::~CredentialProviders() { stop_.Stop(); }

std::vector<size_t> CredentialProviders::FindProviders(const oci::Repository& repository) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < providers_.size(); ++i) {
    if (providers_[i].config.Matches(repository)) found.push_back(i);
  }
  return found;
}

absl::StatusOr<CredentialProviders::Answer> CredentialProviders::Fetch(
    size_t provider, const oci::Repository& repository, absl::Time not_before, absl::Time deadline,
    const base::Share& share, const Wanted& is_wanted) {
  std::optional<Answers::Reading> kept = FindKept(provider, repository);
  if (!kept.has_value() || kept->asked < not_before) {
    const Scope scope =
        kept.has_value() ? kept->value->answer.scope() : providers_[provider].scope.load();
    CS_ASSIGN_OR_RETURN(kept,
                        Ask(provider, repository, scope, not_before, deadline, share, is_wanted));
  }
  return Answer{.credentials = kept->value->answer.FindCredentials(repository),
                .asked = kept->asked};
}

absl::StatusOr<CredentialProviders::Answers::Reading> CredentialProviders::Ask(
    size_t provider, const oci::Repository& repository, Scope scope, absl::Time not_before,
    absl::Time deadline, const base::Share& share, const Wanted& is_wanted) {
  absl::StatusOr<Answers::Reading> kept = answers_.GetWatchful(
      KeyOf(provider, scope, repository), name(provider), share, not_before, deadline, is_wanted,
      [this, provider, repository](const Wanted& is_run_wanted) {
        return Run(provider, repository, is_run_wanted);
      });
  if (!kept.ok() || kept->value->HoldsFor(repository)) return kept;
  // It holds for less than was hoped, and was about another.
  return Ask(provider, repository, kept->value->answer.scope(), not_before, deadline, share,
             is_wanted);
}

bool CredentialProviders::Kept::HoldsFor(const oci::Repository& another) const {
  switch (answer.scope()) {
    case Scope::kImage:
      return another == repository;
    case Scope::kRegistry:
      return another.registry == repository.registry;
    case Scope::kGlobal:
      break;
  }
  return true;
}

std::string CredentialProviders::KeyOf(size_t provider, Scope scope,
                                       const oci::Repository& repository) const {
  switch (scope) {
    case Scope::kImage:
      return absl::StrCat(provider, " image ", repository.ToString());
    case Scope::kRegistry:
      return absl::StrCat(provider, " registry ", repository.registry);
    case Scope::kGlobal:
      break;
  }
  return absl::StrCat(provider, " global");
}

std::optional<CredentialProviders::Answers::Reading> CredentialProviders::FindKept(
    size_t provider, const oci::Repository& repository) {
  for (const Scope scope : {Scope::kImage, Scope::kRegistry, Scope::kGlobal}) {
    if (auto kept = answers_.Find(KeyOf(provider, scope, repository))) return kept;
  }
  return std::nullopt;
}

absl::StatusOr<CredentialProviders::Answers::Fresh> CredentialProviders::Run(
    size_t provider, const oci::Repository& repository, const Wanted& is_wanted) {
  const CredentialProvider& config = providers_[provider].config;
  absl::StatusOr<CredentialProviderAnswer> answer = RunProgram(config, repository, is_wanted);
  if (!answer.ok()) {
    base::LogWarning("credentials", "A credential provider gave none.",
                     {{"provider", config.name},
                      {"image", repository.ToString()},
                      {"error", std::string(answer.status().message())}});
    return answer.status();
  }
  const Scope scope = answer->scope();
  const absl::Duration keep = answer->duration().value_or(config.default_cache_duration);
  const size_t weight =
      sizeof(Kept) + answer->bytes() + repository.registry.size() + repository.path.size();
  providers_[provider].scope = scope;
  return Answers::Fresh{.value = std::make_shared<const Kept>(Kept{*std::move(answer), repository}),
                        .keep = keep,
                        .weight = weight,
                        .key = KeyOf(provider, scope, repository)};
}

absl::StatusOr<CredentialProviderAnswer> CredentialProviders::RunProgram(
    const CredentialProvider& provider, const oci::Repository& repository,
    const Wanted& is_wanted) {
  const absl::Time wanted_until = clock_->Now() + options_.unwanted_run_timeout;
  CS_ASSIGN_OR_RETURN(
      const base::CommandResult result,
      base::RunCommand({.program = ProgramOf(bin_dir_, provider),
                        .arguments = provider.arguments,
                        .environment = provider.environment,
                        .input = QuestionAbout(provider, repository),
                        .max_output_bytes = kMaxAnswerBytes,
                        .stop = &stop_,
                        .is_wanted = [&] { return clock_->Now() < wanted_until || is_wanted(); }},
                       base::In(options_.run_timeout)));
  if (!result.Succeeded()) return Failure(provider, result);
  absl::StatusOr<CredentialProviderAnswer> answer =
      CredentialProviderAnswer::Parse(result.output, provider.api_version);
  if (!answer.ok()) {
    return absl::FailedPreconditionError(base::Printable(answer.status().message()));
  }
  return answer;
}

}  // namespace countersign::verifier

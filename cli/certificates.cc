#include "cli/certificates.h"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "cli/certificates/certificate_directory.h"
#include "cli/certificates/certificate_options.h"
#include "cli/certificates/certificate_run.h"
#include "cli/failure.h"
#include "kube/client/cluster_connection.h"
#include "verifier/cluster_flags.h"

namespace countersign::cli {
namespace {

constexpr int kExitIncomplete = 1;

struct Flags {
  kube::ClusterOptions cluster;
  std::string directory;
  CertificateOptions options;
  absl::Duration wait;
  bool is_dry_run = false;
};

absl::StatusOr<std::unique_ptr<kube::ObjectStore>> OpenStore(const Flags& flags) {
  if (!flags.directory.empty()) return CertificateDirectory::Open(flags.directory);
  if (!flags.cluster.IsNamed()) {
    return absl::InvalidArgumentError(
        "say where: --kubernetes, --kubeconfig FILE or --directory DIR");
  }
  CS_ASSIGN_OR_RETURN(kube::ClusterConnection cluster, kube::ConnectToCluster(flags.cluster));
  return std::move(cluster.store);
}

absl::StatusOr<int> Run(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(const std::unique_ptr<kube::ObjectStore> store, OpenStore(flags));
  CertificateOptions options = flags.options;
  if (!flags.directory.empty()) {
    options.mutating_webhooks.clear();
    options.validating_webhooks.clear();
  }
  CertificateRun run;
  run.store = store.get();
  run.sleep = [](absl::Duration duration) { absl::SleepFor(duration); };
  run.say = [](std::string_view line) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);  // a Job's log is read while it waits
  };
  run.is_dry_run = flags.is_dry_run;
  run.wait = flags.wait;
  CS_ASSIGN_OR_RETURN(const bool is_complete, RunCertificates(run, options));
  return is_complete ? kExitAllowed : kExitIncomplete;
}

// "90d", or as Go writes durations: "2160h", "1h30m".
bool ParseDuration(const std::string& text, absl::Duration* duration) {
  int days = 0;
  if (absl::EndsWith(text, "d") &&
      absl::SimpleAtoi(std::string_view(text).substr(0, text.size() - 1), &days)) {
    *duration = absl::Hours(24) * days;
    return days >= 0;
  }
  return absl::ParseDuration(text, duration) && *duration >= absl::ZeroDuration() &&
         *duration < absl::InfiniteDuration();
}

CLI::Option* AddDuration(CLI::App* command, const std::string& flag, absl::Duration* duration,
                         const std::string& description) {
  const auto check = [](const std::string& text) -> std::string {
    absl::Duration ignored;
    return ParseDuration(text, &ignored) ? "" : text + " is no duration such as 90d, 36h or 10m";
  };
  return command
      ->add_option_function<std::string>(
          flag, [duration](const std::string& text) { ParseDuration(text, duration); }, description)
      ->check(check)
      ->type_name("DURATION");
}

void AddObjectFlags(CLI::App* command, CertificateOptions* options) {
  constexpr char kGroup[] = "Objects";
  const auto add = [&](const char* flag, auto* value, const char* description) {
    return command->add_option(flag, *value, description)->type_name("NAME")->group(kGroup);
  };
  add("--namespace,-n", &options->secret_namespace, "Namespace of the Secrets and services.")
      ->capture_default_str();
  add("--mutating-webhook", &options->mutating_webhooks,
      "MutatingWebhookConfiguration whose caBundle is written; none if empty. Repeatable.")
      ->allow_extra_args(false)
      ->capture_default_str();
  add("--validating-webhook", &options->validating_webhooks,
      "ValidatingWebhookConfiguration whose caBundle is written; none if empty. Repeatable.")
      ->allow_extra_args(false)
      ->capture_default_str();
  add("--webhook-service", &options->webhook_service, "Service of the shim.")
      ->capture_default_str();
  add("--verifier-service", &options->verifier_service, "Service of the verifiers.")
      ->capture_default_str();
  add("--shim-name", &options->more_shim_names,
      "DNS name or IP address that the shim's certificate is for besides its service's. "
      "Repeatable.")
      ->allow_extra_args(false);
  add("--verifier-name", &options->more_verifier_names, "The same for the verifiers' certificate.")
      ->allow_extra_args(false);
}

// After the flags that it stands in the place of.
void AddDirectoryFlag(CLI::App* command, Flags* flags) {
  CLI::Option* const directory =
      command
          ->add_option("--directory", flags->directory,
                       "Keep the certificates in files DIR/SECRET/ENTRY instead of a cluster's "
                       "Secrets. There are no webhook configurations then: whoever calls the shim "
                       "trusts DIR/countersign-ca/ca.crt.")
          ->type_name("DIR")
          ->group("Without a cluster");
  for (const char* flag :
       {"--kubernetes", "--kubeconfig", "--mutating-webhook", "--validating-webhook"}) {
    directory->excludes(command->get_option(flag));
  }
}

void AddTimeFlags(CLI::App* command, Flags* flags) {
  constexpr char kGroup[] = "Times";
  CertificateOptions& options = flags->options;
  AddDuration(command, "--ca-lifetime", &options.ca_lifetime,
              "How long an authority lives. It is replaced when less than a third is left.")
      ->default_str("365d")
      ->group(kGroup);
  AddDuration(command, "--leaf-lifetime", &options.leaf_lifetime,
              "How long other certificates live. They are replaced when less than a third is left.")
      ->default_str("90d")
      ->group(kGroup);
  AddDuration(command, "--propagation-time", &options.propagation_time,
              "How long it takes until what was written to a Secret is in use everywhere.")
      ->default_str("10m")
      ->group(kGroup);
  AddDuration(command, "--wait", &flags->wait,
              "How long to wait for webhook configurations that do not exist yet, and for the next "
              "step of a replacement.")
      ->default_str("0s")
      ->group(kGroup);
}

}  // namespace

void AddCertificatesCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("certificates",
                                          "Make the certificates of shims and verifiers, and renew "
                                          "them in time, in a cluster or in files.");
  command->footer(
      "Exit status: 0 if all is in order; 1 if a webhook configuration does not exist; 2 if "
      "something could not be done.");
  verifier::AddClusterFlags(command, &flags->cluster, "Cluster");
  AddObjectFlags(command, &flags->options);
  AddDirectoryFlag(command, flags.get());
  AddTimeFlags(command, flags.get());
  command->add_flag("--replace-authority", flags->options.replace_authority,
                    "Replace the authority although it has not ended, for example when its key has "
                    "become known.");
  command->add_flag("--take-over", flags->options.take_over,
                    "Replace certificates in Secrets that this command has not made.");
  command->add_flag("--dry-run", flags->is_dry_run, "Only say what would be done.");
  command->callback([flags, exit_code] {
    const absl::StatusOr<int> code = Run(*flags);
    *exit_code = code.ok() ? *code : ExitCodeOf(code.status());
  });
}

}  // namespace countersign::cli

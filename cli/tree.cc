#include "cli/tree.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "cli/failure.h"
#include "cli/image_tree.h"
#include "cli/local_credentials.h"
#include "cli/piece_judge.h"
#include "cli/signer_flags.h"
#include "cli/signers.h"
#include "cli/source_flags.h"
#include "cli/tree_look.h"
#include "cli/tree_report.h"
#include "http/client/curl_client.h"
#include "oci/image_reference.h"
#include "policy/evidence_source.h"
#include "registry/credential.h"
#include "registry/http_registry.h"
#include "verifier/credentials/credential_finder.h"

namespace countersign::cli {
namespace {

struct Flags {
  std::string image;
  SignerFlags signer;
  SourceFlags source;
  std::string docker_config;
  std::vector<std::string> registry_cas;
  std::vector<std::string> insecure_registries;
  std::string output = "text";
  double timeout_seconds = 60;
};

// Where nobody is asked for, whoever has a certificate is judged by what the root has.
absl::StatusOr<PieceJudge::Options> HowToJudge(const SignerFlags& flags) {
  PieceJudge::Options options;
  if (flags.NameAnybody()) {
    CS_ASSIGN_OR_RETURN(const std::vector<NamedSigner> signers, ReadSigners(flags, Warn));
    for (const NamedSigner& named : signers) options.signers.push_back(named.signer);
    return options;
  }
  CS_ASSIGN_OR_RETURN(CertificateTrust trust, ReadCertificateTrust(flags, Warn));
  options.root = std::move(trust.root);
  options.witnesses = trust.witnesses;
  return options;
}

using FindCredentials = std::function<std::vector<registry::Credential>(const oci::Repository&)>;

// Null: there are none.
absl::StatusOr<FindCredentials> LoadCredentials(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(std::optional<verifier::LocalCredentials> local,
                      LoadLocalCredentials(CredentialFiles(flags.docker_config), Warn));
  return local.has_value() ? std::move(local->find) : nullptr;
}

absl::StatusOr<std::unique_ptr<http::CurlClient>> OpenClient(const Flags& flags) {
  http::CurlClient::Options options;
  for (const std::string& file : flags.registry_cas) {
    absl::StatusOr<std::string> pem = base::LoadFile(file);
    if (!pem.ok()) return base::Annotate("--registry-ca", pem.status());
    options.extra_ca_pem.push_back(*std::move(pem));
  }
  return http::CurlClient::Create(options);
}

absl::StatusOr<ImageTree> Look(const Flags& flags) {
  const absl::Time deadline = base::In(absl::Seconds(flags.timeout_seconds));
  CS_ASSIGN_OR_RETURN(const oci::ImageReference image, oci::ImageReference::Parse(flags.image));
  CS_ASSIGN_OR_RETURN(PieceJudge::Options options, HowToJudge(flags.signer));
  PieceJudge judge(std::move(options));
  CS_ASSIGN_OR_RETURN(policy::EvidenceSourcePtr source, ReadSource(flags.source));
  CS_ASSIGN_OR_RETURN(FindCredentials credentials, LoadCredentials(flags));
  base::ByteBudget bytes({.total = kMaxTreeBytesHeld, .of_account = kMaxTreeBytesHeld});
  CS_ASSIGN_OR_RETURN(const std::unique_ptr<http::CurlClient> client, OpenClient(flags));
  registry::HttpRegistry from_http(client.get(), &base::Clock::Real(),
                                   {.insecure_registries = flags.insecure_registries});
  return LookAtImage(
      &from_http,
      {.image = image, .credentials = std::move(credentials), .source = std::move(source)}, judge,
      &bytes, deadline);
}

// The exit code, or why there is nothing to show.
absl::StatusOr<int> Show(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(const ImageTree tree, Look(flags));
  const std::string report = flags.output == "json" ? WriteJson(tree) : WriteText(tree);
  std::fputs(report.c_str(), stdout);
  return tree.is_complete ? kExitAllowed : kExitFailure;
}

void AddJudgingFlags(CLI::App* command, SignerFlags* flags) {
  constexpr char kGroup[] = "Whose signatures verify";
  command
      ->add_option("--key", flags->keys,
                   "PEM file with a public key: what one of the keys given has signed verifies. "
                   "Repeatable.")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(kGroup);
  AddIdentityFlags(command, flags, kGroup);
  AddWitnessFlags(command, flags, kGroup);
}

void AddRegistryFlags(CLI::App* command, Flags* flags) {
  constexpr char kGroup[] = "Registry";
  command
      ->add_option("--docker-config", flags->docker_config,
                   "Docker's configuration file with your own registry credentials. If not given, "
                   "the file that REGISTRY_AUTH_FILE names; else podman's auth.json and docker's "
                   "config.json, where they are.")
      ->type_name("FILE")
      ->group(kGroup);
  command
      ->add_option("--registry-ca", flags->registry_cas,
                   "PEM file with certificates of authorities trusted for registries, beside the "
                   "system's. Repeatable.")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      ->add_option("--insecure-registry", flags->insecure_registries,
                   "Registry (HOST or HOST:PORT, as images name it) that may be spoken to by plain "
                   "HTTP, or by TLS without checking its certificate. Repeatable.")
      ->type_name("HOST")
      ->allow_extra_args(false)
      ->group(kGroup);
}

}  // namespace

void AddTreeCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "tree", "Show all that hangs on an image: whom it names, and whether it verifies.");
  command->footer(
      "What a key has signed is checked with --key; what has a certificate, by whom that names if "
      "nobody is asked for.\nExit status: 0 if all of it could be read, whatever verifies; 2 if "
      "not.");
  command->add_option("IMAGE", flags->image, "The image, as a workload names it.")->required();
  command
      ->add_option("--output,-o", flags->output,
                   "How to show it: text, a tree for people; or json.")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("--timeout", flags->timeout_seconds, "Seconds for all of it.")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  AddJudgingFlags(command, &flags->signer);
  AddSourceFlags(command, &flags->source, "What is shown", BesideImage::kKept);
  AddRegistryFlags(command, flags.get());
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(Show(*flags)); });
}

}  // namespace countersign::cli

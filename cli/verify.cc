#include "cli/verify.h"

#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "cli/failure.h"
#include "cli/local_credentials.h"
#include "cli/local_verifier.h"
#include "cli/signer_flags.h"
#include "cli/signer_policies.h"
#include "cli/signers.h"
#include "cli/source_flags.h"
#include "cli/verdict_report.h"
#include "cosign/predicate_name.h"
#include "policy/evidence_source.h"
#include "policy/policies.h"
#include "shim/grpc_verifier_client.h"
#include "shim/verifier_client_flags.h"
#include "verifier/assembly_flags.h"
#include "verifier/verifier_assembly.h"

namespace countersign::cli {
namespace {

struct Flags {
  verifier::VerifierAssembly::Options assembly;
  SignerFlags signer;
  SourceFlags source;
  std::optional<std::string> type;  // --type; nullopt: a signature is asked for
  std::string docker_config;
  shim::GrpcVerifierClient::Options server;
  std::string workload_namespace = "default";
  std::string service_account;
  std::vector<std::string> pull_secrets;
  std::vector<std::string> images;
  std::string output = "text";
  ReportOptions report;
  double timeout_seconds = 30;
};

// Whom to ask. The assembly, where there is one, is what the client asks.
struct Verifier {
  std::unique_ptr<verifier::VerifierAssembly> assembly;
  std::unique_ptr<shim::VerifierClient> client;
};

// That nothing is said of a signature without whose it must be: no policy would ask for it.
absl::Status CheckSigner(const Flags& flags) {
  const SignerFlags& signer = flags.signer;
  if (signer.NameAnybody()) return absl::OkStatus();
  if (flags.type.has_value()) {
    return absl::InvalidArgumentError(
        "--type: whose attestation it must be has to be said, too: --key FILE, or "
        "--certificate-identity NAME and --certificate-oidc-issuer URL");
  }
  if (!signer.trusted_root.empty() || signer.insecure_ignore_tlog || signer.require_tlog ||
      signer.insecure_ignore_sct || signer.use_signed_timestamps) {
    return absl::InvalidArgumentError(
        "--trusted-root, --require-tlog and the like: they are about the signer that --key or "
        "--certificate-identity names");
  }
  if (flags.source.SayAnything()) {
    return absl::InvalidArgumentError(
        "--signature-repository and --attachment-tag-prefix: they are about the evidence of the "
        "signer that --key or --certificate-identity names");
  }
  return absl::OkStatus();
}

absl::Status CheckSources(const Flags& flags) {
  CS_RETURN_IF_ERROR(CheckSigner(flags));
  const bool has_server = !flags.server.target.empty();
  const bool has_policy = flags.assembly.objects.IsNamed() || flags.signer.NameAnybody();
  if (has_server && has_policy) {
    return absl::InvalidArgumentError(
        "--server: has its own policy; --objects, --kubernetes, --kubeconfig, --key and "
        "--certificate-identity cannot be given with it");
  }
  if (!has_server && !has_policy) {
    return absl::InvalidArgumentError(
        "say by what to verify: --objects DIR, --kubeconfig FILE, --kubernetes, --key FILE, "
        "--certificate-identity NAME or --server ADDRESS");
  }
  return absl::OkStatus();
}

absl::StatusOr<policy::PoliciesPtr> ReadPolicies(const Flags& flags) {
  std::optional<std::string> predicate_type;
  if (flags.type.has_value()) {
    CS_ASSIGN_OR_RETURN(predicate_type, ReadPredicateType(*flags.type));
  }
  CS_ASSIGN_OR_RETURN(const std::vector<NamedSigner> signers, ReadSigners(flags.signer, Warn));
  CS_ASSIGN_OR_RETURN(const policy::EvidenceSourcePtr source, ReadSource(flags.source));
  return PoliciesOf(signers, predicate_type, source);
}

absl::StatusOr<Verifier> OpenVerifier(const Flags& flags, absl::Time deadline) {
  CS_RETURN_IF_ERROR(CheckSources(flags));
  Verifier verifier;
  if (!flags.server.target.empty()) {
    CS_ASSIGN_OR_RETURN(verifier.client, shim::GrpcVerifierClient::Create(flags.server));
    return verifier;
  }
  verifier::VerifierAssembly::Options options = flags.assembly;
  // Nobody else waits for this process: what is done for each image is bound enough.
  options.allowance.units = std::numeric_limits<size_t>::max();
  if (flags.signer.NameAnybody()) {
    CS_ASSIGN_OR_RETURN(options.policies, ReadPolicies(flags));
  }
  CS_ASSIGN_OR_RETURN(options.local_credentials,
                      LoadLocalCredentials(CredentialFiles(flags.docker_config), Warn));
  CS_ASSIGN_OR_RETURN(verifier.assembly, verifier::VerifierAssembly::Create(options));
  verifier.assembly->AwaitPolicy(deadline);
  CS_RETURN_IF_ERROR(verifier.assembly->PolicyStatus());
  verifier.client = std::make_unique<LocalVerifier>(&verifier.assembly->verifier());
  return verifier;
}

v1::VerifyImagesRequest RequestOf(const Flags& flags) {
  v1::VerifyImagesRequest request;
  request.set_namespace_(flags.workload_namespace);
  request.set_service_account(flags.service_account);
  request.mutable_image_pull_secrets()->Assign(flags.pull_secrets.begin(),
                                               flags.pull_secrets.end());
  for (const std::string& image : flags.images) request.add_images()->set_reference(image);
  return request;
}

int ExitCodeFor(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return kExitAllowed;
    case Outcome::kDenied:
      return kExitDenied;
    case Outcome::kUndecided:
      break;
  }
  return kExitFailure;
}

// The exit code, or why nothing could be asked.
absl::StatusOr<int> Verify(const Flags& flags) {
  const absl::Time deadline = base::In(absl::Seconds(flags.timeout_seconds));
  CS_ASSIGN_OR_RETURN(const Verifier verifier, OpenVerifier(flags, deadline));
  const v1::VerifyImagesRequest request = RequestOf(flags);
  CS_ASSIGN_OR_RETURN(const v1::VerifyImagesResponse response,
                      verifier.client->VerifyImages(request, deadline, {}).answer);
  ReportOptions options = flags.report;
  options.has_patterns = !flags.signer.NameAnybody();
  const std::string report =
      flags.output == "json" ? WriteJson(request, response, options) : WriteText(response, options);
  std::fputs(report.c_str(), stdout);
  return ExitCodeFor(OutcomeOf(request, response, options));
}

void AddSignerFlags(CLI::App* command, Flags* flags, bool is_type_required) {
  constexpr char kGroup[] = "Signer";
  command
      ->add_option("--key", flags->signer.keys,
                   "PEM file with a public key: every image must be signed by one of the keys "
                   "given, whatever the policy "
                   "of the cluster or of --objects says. Repeatable.")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(kGroup);
  AddIdentityFlags(command, &flags->signer, kGroup);
  AddWitnessFlags(command, &flags->signer, kGroup);
  AddSourceFlags(command, &flags->source, kGroup);
  command
      ->add_option_function<std::string>(
          "--type", [flags](const std::string& type) { flags->type = type; },
          absl::StrCat(
              "Ask for an attestation of this type instead of a signature: the type of its "
              "predicate, a URI, or one of these names: ",
              cosign::PredicateNames(), "."))
      ->required(is_type_required)
      ->type_name("TYPE")
      ->group(kGroup);
}

void AddCredentialFlags(CLI::App* command, Flags* flags) {
  verifier::AddAssemblyFlags(command, &flags->assembly);
  command
      ->add_option(
          "--docker-config", flags->docker_config,
          "Docker's configuration file with your own registry credentials, which are tried "
          "first. If not given, the file that REGISTRY_AUTH_FILE names; else podman's "
          "auth.json and docker's config.json, where they are.")
      ->type_name("FILE")
      ->group("Policy and credentials");
}

void AddNoPolicyFlag(CLI::App* command, Flags* flags) {
  command
      ->add_option_function<std::string>(
          "--no-policy",
          [flags](const std::string& word) {
            flags->report.allow_without_policy = word == "allow";
          },
          "Where there is no policy, so that nothing would be asked of any image: that is no "
          "answer (exit status 2), or it allows.")
      ->check(CLI::IsMember({"undecided", "allow"}))
      ->type_name("undecided|allow")
      ->default_str("undecided")
      ->group("Policy and credentials");
}

void AddQuestionFlags(CLI::App* command, Flags* flags) {
  constexpr char kGroup[] = "Question";
  command->add_option("IMAGE", flags->images, "Images, as a workload names them.")
      ->required()
      ->group(kGroup);
  command
      ->add_option("--namespace,-n", flags->workload_namespace,
                   "Namespace that the images would run in.")
      ->capture_default_str()
      ->group(kGroup);
  command
      ->add_option("--service-account", flags->service_account,
                   "Service account they would run as.")
      ->group(kGroup);
  command
      ->add_option("--image-pull-secret", flags->pull_secrets,
                   "Name of a pull secret of the workload. Repeatable.")
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      ->add_option("--output,-o", flags->output, "How to answer: text, a line an image; or json.")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str()
      ->group(kGroup);
  command->add_option("--timeout", flags->timeout_seconds, "Seconds to wait for the answer.")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str()
      ->group(kGroup);
}

void SetCallback(CLI::App* command, const std::shared_ptr<Flags>& flags, int* exit_code) {
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(Verify(*flags)); });
}

}  // namespace

void AddVerifyCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "verify",
      "Ask whether images may run: by a policy, by keys or an identity, or by a running verifier.");
  command->footer(
      "Exit status: 0 if all may; 1 if one is denied; else 2 if it could not be asked or found out "
      "of one, or there is no policy.");
  AddQuestionFlags(command, flags.get());
  AddCredentialFlags(command, flags.get());
  AddSignerFlags(command, flags.get(), /*is_type_required=*/false);
  AddNoPolicyFlag(command, flags.get());
  shim::AddVerifierClientFlags(command, &flags->server, "server");
  SetCallback(command, flags, exit_code);
}

void AddVerifyAttestationCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("verify-attestation",
                                          "Ask whether images have an attestation of a type by a "
                                          "key or an identity: verify with --type.");
  command->footer(
      "Exit status: 0 if all have; 1 if one has none that holds; else 2 if it could not be found "
      "out of one.");
  AddQuestionFlags(command, flags.get());
  AddCredentialFlags(command, flags.get());
  AddSignerFlags(command, flags.get(), /*is_type_required=*/true);
  SetCallback(command, flags, exit_code);
}

}  // namespace countersign::cli

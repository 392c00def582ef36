#include "cli/verify_bundle.h"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "cli/bundle_report.h"
#include "cli/bundle_signer.h"
#include "cli/failure.h"
#include "cli/signed_file.h"
#include "cli/signer_flags.h"
#include "cli/signers.h"
#include "cli/trusted_root_file.h"
#include "cosign/bundle.h"
#include "cosign/bundle_evidence.h"
#include "cosign/bundle_verification.h"
#include "cosign/identity.h"
#include "cosign/signer.h"
#include "cosign/trusted_root.h"

namespace countersign::cli {
namespace {

using Result = std::variant<cosign::Refusal, cosign::Proof>;

struct Flags {
  std::string bundle;
  SignerFlags signer;
  bool staging = false;
  std::string file;
};

Result Judge(const std::string& bundle_json, const cosign::File& file, const KeyOrIdentities& who,
             const cosign::Witnesses& witnesses, std::shared_ptr<const cosign::TrustedRoot> root) {
  absl::StatusOr<cosign::Bundle> bundle = cosign::ParseBundle(bundle_json);
  if (!bundle.ok()) {
    return cosign::Refusal{cosign::Refused::kMalformed,
                           absl::StrCat("the bundle cannot be read: ", bundle.status().message())};
  }
  const cosign::SignerPtr signer = SignerOf(who, witnesses, *bundle, std::move(root));
  return cosign::VerifyBundle(cosign::BundleEvidence(*std::move(bundle)), file, *signer);
}

// Errors name the flag that asks for somebody whom the root does not have.
absl::StatusOr<cosign::Witnesses> ReadWitnesses(const SignerFlags& flags, bool is_certified,
                                                const cosign::TrustedRoot& root) {
  const cosign::Witnesses witnesses = BundleWitnesses(flags, is_certified, root);
  CS_RETURN_IF_ERROR(CheckRoot(witnesses, root));
  if (is_certified) WarnOfTime(flags, Warn);
  return witnesses;
}

// The exit code, or why it could not be found out.
absl::StatusOr<int> VerifyBundle(const Flags& flags) {
  CS_RETURN_IF_ERROR(CheckWitnessFlags(flags.signer));
  CS_ASSIGN_OR_RETURN(const std::vector<Wanted> wanted, ReadWanted(flags.signer));
  const KeyOrIdentities& who = wanted.front().who;
  CS_ASSIGN_OR_RETURN(
      auto root, LoadTrustedRoot(flags.signer.trusted_root,
                                 flags.staging ? Instance::kStaging : Instance::kPublicGood, Warn));
  CS_ASSIGN_OR_RETURN(
      const cosign::Witnesses witnesses,
      ReadWitnesses(flags.signer, std::holds_alternative<cosign::Identities>(who), *root));
  const absl::StatusOr<std::string> bundle = base::LoadFile(flags.bundle, cosign::kMaxBundleBytes);
  if (!bundle.ok()) return base::Annotate("--bundle", bundle.status());
  CS_ASSIGN_OR_RETURN(const cosign::File file, LoadSignedFile(flags.file));
  const Result result = Judge(*bundle, file, who, witnesses, std::move(root));
  std::fputs(WriteText(flags.file, result).c_str(), stdout);
  return std::holds_alternative<cosign::Proof>(result) ? kExitAllowed : kExitDenied;
}

void AddFlags(CLI::App* command, Flags* flags) {
  command
      ->add_option("FILE_OR_DIGEST", flags->file,
                   "What must have been signed: a file, or, where there is none of that name, its "
                   "digest, sha256:…, sha384:… or sha512:…")
      ->required();
  command
      ->add_option("--bundle", flags->bundle,
                   "The Sigstore bundle (version 0.1 to 0.3) that is looked at.")
      ->type_name("FILE")
      ->required();
  command
      ->add_option_function<std::string>(
          "--key", [flags](const std::string& file) { flags->signer.keys = {file}; },
          "PEM file with the public key that must have signed, instead of an identity.")
      ->type_name("FILE");
  AddIdentityFlags(command, &flags->signer, "Options");
  AddWitnessFlags(command, &flags->signer, "Options");
  command->add_flag("--staging", flags->staging,
                    "That of Sigstore's staging instance instead, if --trusted-root is not given.");
}

}  // namespace

void AddVerifyBundleCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("verify-bundle",
                                          "Ask whether a Sigstore bundle is a signature of a file "
                                          "by a key or an identity, without a network.");
  command->footer("Exit status: 0 if it is; 1 if it is not; 2 if it could not be found out.");
  AddFlags(command, flags.get());
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(VerifyBundle(*flags)); });
}

}  // namespace countersign::cli

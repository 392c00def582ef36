#include "cli/trusted_root.h"

#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/flag_text.h"
#include "base/status_macros.h"
#include "cli/failure.h"
#include "cli/trusted_root_report.h"
#include "cosign/trusted_root.h"
#include "http/client/curl_client.h"
#include "trust/shipped_roots.h"
#include "verifier/trust/trusted_root_update.h"

namespace countersign::cli {
namespace {

struct Flags {
  std::string file;
  bool update = false;
  verifier::TrustedRootSource source = {.mirror = ""};  // "": that of the instance
  std::string output = "text";
  double timeout_seconds = 60;
};

absl::StatusOr<cosign::TrustedRoot> Update(const Flags& flags) {
  if (flags.source.state.empty()) return absl::InvalidArgumentError("--state: must be given");
  if (!flags.file.empty()) {
    return absl::InvalidArgumentError("--update: keeps what it fetches in --state, not in a file");
  }
  verifier::TrustedRootSource source = flags.source;
  if (source.mirror.empty()) {
    source.mirror =
        source.is_staging ? verifier::kSigstoreStagingMirror : verifier::kSigstoreMirror;
  }
  CS_ASSIGN_OR_RETURN(const std::unique_ptr<http::CurlClient> client, http::CurlClient::Create({}));
  CS_ASSIGN_OR_RETURN(const verifier::DatedRoot updated,
                      verifier::UpdateTrustedRoot(source, *client, base::Clock::Real().Now(),
                                                  base::In(absl::Seconds(flags.timeout_seconds))));
  return *updated.root;
}

absl::StatusOr<cosign::TrustedRoot> Load(const Flags& flags) {
  if (!flags.source.mirror.empty() || !flags.source.root.empty()) {
    return absl::InvalidArgumentError(
        "--mirror, --root: they say what is fetched, which is done with --update alone");
  }
  if (!flags.file.empty() && !flags.source.state.empty()) {
    return absl::InvalidArgumentError("say what to show: a FILE or --state DIR, not both");
  }
  if (flags.file.empty() && flags.source.state.empty()) {
    return cosign::ParseTrustedRoot(flags.source.is_staging ? trust::SigstoreStagingTrustedRoot()
                                                            : trust::SigstoreTrustedRoot());
  }
  const std::string path =
      flags.file.empty() ? absl::StrCat(flags.source.state, "/trusted_root.json") : flags.file;
  CS_ASSIGN_OR_RETURN(const std::string text, base::LoadFile(path, cosign::kMaxTrustedRootBytes));
  absl::StatusOr<cosign::TrustedRoot> root = cosign::ParseTrustedRoot(text);
  if (!root.ok()) return base::Annotate(path, root.status());
  return root;
}

absl::Status Show(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(const cosign::TrustedRoot root, flags.update ? Update(flags) : Load(flags));
  const std::string report = flags.output == "json" ? WriteJson(root) : WriteText(root);
  std::fputs(report.c_str(), stdout);
  return absl::OkStatus();
}

void AddUpdateFlags(CLI::App* command, Flags* flags) {
  constexpr char kGroup[] = "Update";
  command
      ->add_flag("--update", flags->update,
                 "First fetch what is newest from the mirror, verify it, and keep it in --state.")
      ->group(kGroup);
  command
      ->add_option("--state", flags->source.state,
                   "Directory for trusted_root.json, and for the TUF metadata that updates go on "
                   "from. It is made if it is not there.")
      ->check(&base::CheckNotEmpty)
      ->type_name("DIR")
      ->group(kGroup);
  command
      ->add_option("--mirror", flags->source.mirror,
                   "URL of the TUF repository that has the target trusted_root.json. If not given, "
                   "that of Sigstore's public instance (https://tuf-repo-cdn.sigstore.dev).")
      ->check(&base::CheckNotEmpty)
      ->type_name("URL")
      ->group(kGroup);
  command
      ->add_option(
          "--root", flags->source.root,
          "TUF root (root.json) to begin with, from somewhere you trust. If not given, that "
          "of Sigstore's public instance, as it was when this was built. Once --state has "
          "one it is not looked at any more.")
      ->check(&base::CheckNotEmpty)
      ->type_name("FILE")
      ->group(kGroup);
  command->add_option("--timeout", flags->timeout_seconds, "Seconds for the whole update.")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str()
      ->group(kGroup);
}

}  // namespace

void AddTrustedRootCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "trusted-root",
      "Show which logs and authorities of Sigstore are trusted, and fetch newer ones by TUF.");
  command->footer(
      "Exit status: 0 if it was shown; 2 if it could not be read, or an update was not accepted or "
      "could not be had.");
  command
      ->add_option("FILE", flags->file,
                   "The trusted_root.json to show. If neither it nor --state is given, that of "
                   "Sigstore's public instance, as it was when this was built.")
      ->check(&base::CheckNotEmpty);
  command->add_option("--output,-o", flags->output, "How to show it: text, a line each; or json.")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_flag("--staging", flags->source.is_staging,
                    "Sigstore's staging instance instead of the public one, where no FILE, "
                    "--state, --mirror or --root says which.");
  AddUpdateFlags(command, flags.get());
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(Show(*flags)); });
}

}  // namespace countersign::cli

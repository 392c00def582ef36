#include "cli/lint.h"

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/flag_text.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cli/failure.h"
#include "cli/lint_findings.h"
#include "cli/lint_knowledge.h"
#include "cli/trusted_root_file.h"
#include "cosign/trusted_root.h"
#include "kube/manifests/manifest_files.h"
#include "policy/sigstore/review_object.h"
#include "policy/sigstore/review_settings.h"
#include "policy/sigstore/root_knowledge.h"
#include "policy/sigstore/validate.h"

namespace countersign::cli {
namespace {

struct Flags {
  std::vector<std::string> paths;  // files and directories
  bool is_strict = false;
  std::string trusted_root;  // a file; "": what is shipped
  std::string installation = policy::ValidationSettings().installation;
  std::string output = "text";
};

// The files that a path names: itself, or what is in the directory.
absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  const absl::StatusOr<std::vector<kube::FileMark>> marks = kube::ListManifests(path);
  // What is wrong inside does not name the directory.
  if (absl::IsInvalidArgument(marks.status())) return base::Annotate(path, marks.status());
  if (!marks.ok()) return marks.status();
  std::vector<std::string> files;
  for (const kube::FileMark& mark : *marks) files.push_back(absl::StrCat(path, "/", mark.name));
  return files;
}

absl::StatusOr<std::vector<ManifestText>> Load(const Flags& flags) {
  std::vector<ManifestText> texts;
  for (const std::string& path : flags.paths) {
    CS_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(path));
    for (const std::string& file : files) {
      CS_ASSIGN_OR_RETURN(std::string text, base::LoadFile(file));
      texts.push_back({.name = file, .text = std::move(text)});
    }
  }
  return texts;
}

size_t CountRefusing(const LintResult& result) {
  return absl::c_count_if(result.findings,
                          [](const LintFinding& finding) { return finding.refuses; });
}

std::string WriteText(const LintResult& result) {
  std::string text;
  for (const LintFinding& finding : result.findings) {
    // Where there is no line, the reason begins with where.
    if (finding.line > 0) {
      absl::StrAppend(&text, base::Printable(finding.file, 4096), ":", finding.line, ": ");
    }
    absl::StrAppend(&text, finding.refuses ? "refused: " : "warning: ", finding.object,
                    finding.object.empty() ? "" : ": ", base::Printable(finding.pointer),
                    finding.pointer.empty() ? "" : ": ", finding.reason, "\n");
  }
  const size_t refusing = CountRefusing(result);
  absl::StrAppend(&text, result.objects, " objects, ", result.refused, " refused, ", refusing,
                  " findings that refuse, ", result.findings.size() - refusing, " warnings\n");
  return text;
}

std::string WriteJson(const LintResult& result) {
  base::Json findings = base::Json::array();
  for (const LintFinding& finding : result.findings) {
    findings.push_back({{"file", finding.file},
                        {"line", finding.line > 0 ? base::Json(finding.line) : base::Json()},
                        {"object", finding.object},
                        {"pointer", finding.pointer},
                        {"severity", finding.refuses ? "refused" : "warning"},
                        {"reason", finding.reason}});
  }
  const base::Json report = {
      {"objects", result.objects}, {"refused", result.refused}, {"findings", std::move(findings)}};
  // In ASCII, since it may be read on a terminal, too.
  return report.dump(-1, ' ', true, base::Json::error_handler_t::replace) + "\n";
}

// As of a verifier with these flags.
absl::StatusOr<policy::ReviewSettings> SettingsOf(const Flags& flags) {
  policy::ReviewSettings settings = {.now = base::Clock::Real().Now()};
  settings.validation.installation = flags.installation;
  CS_ASSIGN_OR_RETURN(
      const std::shared_ptr<const cosign::TrustedRoot> root,
      LoadTrustedRoot(flags.trusted_root, Instance::kPublicGood, [](std::string_view) {}));
  policy::TakeDefaultRoot(*root, settings.check);
  return settings;
}

absl::StatusOr<int> Lint(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(const std::vector<ManifestText> texts, Load(flags));
  CS_ASSIGN_OR_RETURN(const policy::ReviewSettings settings, SettingsOf(flags));
  const LintResult result =
      LintManifests(texts, [&settings](absl::Span<const base::Json* const> all) -> ReviewFunction {
        return [known = LintKnowledge(settings, all)](const base::Json& object) {
          return policy::ReviewSigstoreObject(object, known);
        };
      });
  if (result.objects == 0 && result.findings.empty()) {
    return absl::NotFoundError(
        "no ClusterImagePolicy, TrustRoot or PolicyOptions is in any of the files");
  }
  const std::string report = flags.output == "json" ? WriteJson(result) : WriteText(result);
  std::fputs(report.c_str(), stdout);
  const size_t counted = flags.is_strict ? result.findings.size() : CountRefusing(result);
  return counted == 0 ? kExitAllowed : kExitDenied;
}

}  // namespace

void AddLintCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "lint",
      "Say what is wrong and what is odd in files of policies, before they are applied: in each, "
      "and in all together. Asks no network.");
  command->footer(
      "Exit status: 0 if nothing would be refused; 1 if something would be; 2 if a file could not "
      "be read, or there is no policy in any.");
  command
      ->add_option("FILE", flags->paths,
                   "Files in YAML or JSON, or directories of them: ClusterImagePolicies of either "
                   "group, TrustRoots, PolicyOptions and the ConfigMap config-policy-controller. "
                   "Other objects are passed over.")
      ->required()
      ->check(&base::CheckNotEmpty);
  command->add_flag("--strict", flags->is_strict, "Exit with 1 for warnings, too.");
  command
      ->add_option("--trusted-root", flags->trusted_root,
                   "File with the trusted root (trusted_root.json) of the installation; if not "
                   "given, the one that is shipped.")
      ->type_name("FILE");
  command
      ->add_option("--policy-controller-namespace", flags->installation,
                   "Namespace of the installation, where policies may name Secrets, and the "
                   "ConfigMap is.")
      ->capture_default_str();
  command->add_option("--output,-o", flags->output, "How to answer: text, a line each; or json.")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(Lint(*flags)); });
}

}  // namespace countersign::cli

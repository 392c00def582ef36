#include "cli/migrate.h"

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/dns_name.h"
#include "base/file.h"
#include "base/flag_text.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cli/failure.h"
#include "cli/migrate_input.h"
#include "cli/migrate_proof.h"
#include "kube/manifests/yaml_writer.h"
#include "kube/metadata.h"
#include "policy/moving/evaluators.h"
#include "policy/moving/key_policies.h"
#include "policy/moving/kyverno_to_sigstore.h"
#include "policy/moving/sign_entries.h"
#include "policy/moving/sign_to_policy_controller.h"
#include "policy/moving/sign_to_sigstore.h"
#include "policy/moving/sigstore_to_sign.h"
#include "policy/moving/translation.h"
#include "policy/step_budget.h"

namespace countersign::cli {
namespace {

using policy::Reading;
using policy::Translation;

// What comparing all patterns with each other may take: some seconds.
constexpr size_t kMaxSteps = 300'000'000;

struct Flags {
  std::vector<std::string> files;
  std::string target = "countersign";
  std::string on_overlap = "stricter";
  bool allow_unmatched = false;
  std::vector<std::string> images;
  std::string images_file;
  std::string directory;

  policy::OnOverlap OnOverlap() const {
    return on_overlap == "looser" ? policy::OnOverlap::kLooser : policy::OnOverlap::kStricter;
  }
  bool Proves() const { return !images.empty() || !images_file.empty(); }
};

// A translation, and what it takes to compare it with what it was made from.
struct Migration {
  Translation translation;
  policy::Evaluate before;  // null where the old language has no evaluation here
  policy::Evaluate now;
  std::vector<ProofKey> keys;
  std::string not_proved = "";  // why the old language cannot be evaluated, printable
};

absl::StatusOr<Migration> FromSign(const Flags& flags, const base::Json& object,
                                   policy::StepBudget& steps) {
  if (flags.target == "sign") {
    return absl::InvalidArgumentError("--for=sign: the policy is one of Sign already");
  }
  const policy::SignSettings settings = {.allow_unmatched = flags.allow_unmatched};
  CS_ASSIGN_OR_RETURN(const policy::SignEntries sign, policy::ReadSignEntries(object, steps));
  const bool is_for_us = flags.target == "countersign";
  Migration made;
  made.translation = is_for_us
                         ? policy::SignToSigstore(sign, settings, steps)
                         : policy::SignToPolicyController(sign, settings, flags.OnOverlap(), steps);
  for (const policy::SignEntries::Key& key : sign.keys) {
    made.keys.push_back({key.name, policy::KeyTextOf(key.pem)});
  }
  made.before = policy::EvaluateSign(sign, settings);
  CS_ASSIGN_OR_RETURN(made.now, policy::EvaluateSigstore(made.translation.objects,
                                                         is_for_us ? Reading::kCountersign
                                                                   : Reading::kPolicyController));
  return made;
}

absl::StatusOr<Migration> FromSigstore(const Flags& flags, const std::vector<base::Json>& objects,
                                       policy::StepBudget& steps) {
  if (flags.target != "sign") {
    return absl::InvalidArgumentError(
        "the policies are of policy.sigstore.dev already: with --for=sign they become one of Sign");
  }
  Migration made;
  CS_ASSIGN_OR_RETURN(made.translation, policy::SigstoreToSign(objects, flags.OnOverlap(), steps));
  const policy::KeyPolicies read = policy::ReadKeyPolicies(objects);
  for (const auto& [pem, name] : read.key_names) {
    made.keys.push_back({name, policy::KeyTextOf(pem)});
  }
  if (!flags.Proves()) return made;
  absl::StatusOr<policy::Evaluate> before =
      policy::EvaluateSigstore(objects, Reading::kCountersign);
  if (!before.ok()) {
    made.not_proved = std::string(before.status().message());
    return made;
  }
  made.before = *std::move(before);
  CS_ASSIGN_OR_RETURN(policy::SignEntries sign,
                      policy::ReadSignEntries(made.translation.objects.front(), steps));
  made.now = policy::EvaluateSign(std::move(sign), {.allow_unmatched = read.allow_unmatched});
  return made;
}

absl::StatusOr<Migration> Migrate(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(const MigrateInput input, LoadMigrateInput(flags.files));
  policy::StepBudget steps(kMaxSteps);
  if (!input.sign.empty()) return FromSign(flags, input.sign.front(), steps);
  if (!input.sigstore.empty()) return FromSigstore(flags, input.sigstore, steps);
  if (flags.target == "sign") {
    return absl::InvalidArgumentError(
        "Kyverno's policies become those of policy.sigstore.dev: leave out --for=sign");
  }
  if (flags.Proves()) {
    return absl::InvalidArgumentError("--prove: Kyverno's policies cannot be evaluated here");
  }
  if (flags.OnOverlap() == policy::OnOverlap::kLooser) {
    return absl::InvalidArgumentError(
        "--on-overlap=looser: of Kyverno's policies nothing is made that asks for less");
  }
  const policy::Target target = flags.target == "policy-controller"
                                    ? policy::Target::kPolicyController
                                    : policy::Target::kCountersign;
  return Migration{.translation = policy::KyvernoToSigstore(input.kyverno, target, steps)};
}

absl::StatusOr<std::string> FileNameOf(const base::Json& object) {
  const std::string name = kube::NameOf(object);
  // Others have chosen it, and it must stay within the directory.
  if (!base::IsDnsSubdomain(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("no file can be named like the policy ", base::Quoted(name)));
  }
  return absl::StrCat(absl::AsciiStrToLower(base::FindString(object, "kind")), "-", name, ".yaml");
}

absl::Status Write(const Flags& flags, const std::vector<base::Json>& objects) {
  for (const base::Json& object : objects) {
    const std::string text = kube::WriteYaml(object);
    if (flags.directory.empty()) {
      std::fputs(text.c_str(), stdout);
      continue;
    }
    CS_ASSIGN_OR_RETURN(const std::string name, FileNameOf(object));
    const std::string path = absl::StrCat(flags.directory, "/", name);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) return absl::UnavailableError(absl::StrCat(path, " cannot be written"));
  }
  return absl::OkStatus();
}

void Say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

void Report(const Translation& translation) {
  for (const std::string& note : translation.notes) Say(absl::StrCat("note: ", note));
  for (const policy::Divergence& difference : translation.differences) {
    Say(absl::StrCat("differs: ", difference.sentence,
                     difference.witness.empty() ? "" : ", for example ",
                     base::Printable(difference.witness)));
  }
  Say(absl::StrCat(std::string(NameOf(translation.exactness)), ": ", translation.objects.size(),
                   " objects, ", translation.differences.size(), " differences"));
}

absl::StatusOr<std::vector<std::string>> ImagesToProve(const Flags& flags) {
  std::vector<std::string> images = flags.images;
  if (flags.images_file.empty()) return images;
  const absl::StatusOr<std::string> text = base::LoadFile(flags.images_file);
  if (!text.ok()) return base::Annotate("--prove-images", text.status());
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    const absl::string_view image = absl::StripAsciiWhitespace(line);
    if (!image.empty()) images.emplace_back(image);
  }
  return images;
}

// The exit code, or why there is nothing to show.
absl::StatusOr<int> Run(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(const std::vector<std::string> images, ImagesToProve(flags));
  CS_ASSIGN_OR_RETURN(const Migration made, Migrate(flags));
  CS_RETURN_IF_ERROR(Write(flags, made.translation.objects));
  Report(made.translation);
  bool is_equal = made.translation.exactness == policy::Exactness::kExact;
  if (!made.not_proved.empty()) {
    Say(absl::StrCat("not proved: ", made.not_proved));
    is_equal = false;
  } else if (flags.Proves()) {
    CS_ASSIGN_OR_RETURN(const Proof proof, Prove(images, made.keys, made.before, made.now));
    for (const std::string& difference : proof.differences) {
      Say(absl::StrCat("decided otherwise: ", difference));
    }
    Say(absl::StrCat("decided ", proof.decisions, " times under both, ", proof.differences.size(),
                     " times otherwise"));
    is_equal = is_equal && proof.differences.empty();
  }
  return is_equal ? kExitAllowed : kExitDenied;
}

void AddFlags(CLI::App* command, Flags* flags) {
  command
      ->add_option("FILE", flags->files,
                   "YAML or JSON with the policies: one of Sign, those of policy.sigstore.dev with "
                   "their PolicyOptions and ConfigMap, or Kyverno's.")
      ->required();
  command
      ->add_option("--for", flags->target,
                   "Who is to read the new policies: countersign, policy-controller (without what "
                   "only Countersign understands) or sign.")
      ->check(CLI::IsMember({"countersign", "policy-controller", "sign"}))
      ->capture_default_str();
  command
      ->add_option("--on-overlap", flags->on_overlap,
                   "Where an image is selected by several policies and the new language cannot say "
                   "what comes of it: stricter or looser.")
      ->check(CLI::IsMember({"stricter", "looser"}))
      ->capture_default_str();
  command->add_flag("--allow-unmatched-images", flags->allow_unmatched,
                    "Sign was installed with allow_unmatched_images: true.");
  command
      ->add_option("--prove", flags->images,
                   "An image to decide under both, signed by nobody, by each key and by all. "
                   "Repeatable.")
      ->type_name("IMAGE")
      ->allow_extra_args(false);
  command->add_option("--prove-images", flags->images_file, "A file of such images, one a line.")
      ->type_name("FILE")
      ->check(base::CheckNotEmpty);
  command
      ->add_option("-o,--output-directory", flags->directory,
                   "Where to write a file for each object, instead of standard output.")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
}

}  // namespace

void AddMigrateCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "migrate",
      "Write policies of one language as those of another, and say where they differ: from Sign "
      "to policy.sigstore.dev and back, and from Kyverno.");
  command->footer(
      "Exit status: 0 if the new policies decide the same as the old; 1 if not, as standard error "
      "says; 2 if there are none.");
  AddFlags(command, flags.get());
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(Run(*flags)); });
}

}  // namespace countersign::cli

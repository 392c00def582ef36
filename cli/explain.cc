#include "cli/explain.h"

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cli/explanation_json.h"
#include "cli/explanation_text.h"
#include "cli/failure.h"
#include "cli/workload_kind.h"
#include "oci/image_reference.h"
#include "policy/demand.h"
#include "policy/explanation.h"
#include "policy/object_match.h"
#include "policy/policies.h"
#include "verifier/assembly_flags.h"
#include "verifier/verifier_assembly.h"

namespace countersign::cli {
namespace {

struct Flags {
  verifier::VerifierAssembly::Options assembly;
  std::string image;
  std::string workload_namespace = "default";
  std::string kind;                 // --kind; "": not known
  std::vector<std::string> labels;  // --label, each "NAME=VALUE"
  std::string at;                   // --at; "": now
  std::string output = "text";
  double timeout_seconds = 30;
};

absl::Status ReadObject(const Flags& flags, policy::Workload& workload) {
  if (flags.kind.empty()) {
    if (flags.labels.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "--label: of what kind the object is must be said too: --kind");
  }
  CS_ASSIGN_OR_RETURN(policy::ObjectDescription object, ReadWorkloadKind(flags.kind));
  for (const std::string& label : flags.labels) {
    const size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--label: ", base::Quoted(label), " is not NAME=VALUE"));
    }
    object.labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  workload.object = std::move(object);
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> ReadTime(const std::string& text) {
  if (text.empty()) return base::Clock::Real().Now();
  absl::Time time;
  std::string why;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &why)) return time;
  return absl::InvalidArgumentError(
      absl::StrCat("--at: ", base::Quoted(text), " is no time like 2026-01-02T03:04:05Z"));
}

absl::Status Explain(const Flags& flags) {
  absl::StatusOr<oci::ImageReference> image = oci::ImageReference::Parse(flags.image);
  if (!image.ok()) return base::Annotate(base::Quoted(flags.image), image.status());
  policy::Workload workload = {.workload_namespace = flags.workload_namespace,
                               .allow_unmatched_images = flags.assembly.allow_unmatched_images};
  CS_RETURN_IF_ERROR(ReadObject(flags, workload));
  CS_ASSIGN_OR_RETURN(workload.now, ReadTime(flags.at));
  if (!flags.assembly.objects.IsNamed()) {
    return absl::InvalidArgumentError(
        "say where the policies are: --objects DIR, --kubeconfig FILE or --kubernetes");
  }
  CS_ASSIGN_OR_RETURN(const std::unique_ptr<verifier::VerifierAssembly> assembly,
                      verifier::VerifierAssembly::Create(flags.assembly));
  assembly->AwaitPolicy(base::In(absl::Seconds(flags.timeout_seconds)));
  CS_ASSIGN_OR_RETURN(const policy::PoliciesPtr policies, assembly->InForce());
  workload.namespace_labels = assembly->FindLabels(flags.workload_namespace);
  const policy::Explanation explanation = policy::Explain(policies, workload, *image);
  const std::string report = flags.output == "json" ? WriteJson(explanation, workload, *image)
                                                    : WriteText(explanation, workload, *image);
  std::fputs(report.c_str(), stdout);
  return absl::OkStatus();
}

void AddWorkloadFlags(CLI::App* command, Flags* flags) {
  constexpr char kGroup[] = "Workload";
  command
      ->add_option("--namespace,-n", flags->workload_namespace,
                   "Namespace that the image would run in.")
      ->capture_default_str()
      ->group(kGroup);
  command
      ->add_option(
          "--kind", flags->kind,
          "Kind of the object that runs it: Deployment, CronJob, …; others as "
          "KIND.GROUP/VERSION. If not given, policies that are for some kinds alone are taken "
          "to ask.")
      ->type_name("KIND")
      ->group(kGroup);
  command->add_option("--label", flags->labels, "A label of that object. Repeatable.")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(kGroup);
  command
      ->add_option("--at", flags->at,
                   "Moment at which it is asked, such as 2026-01-02T03:04:05Z; if not given, now.")
      ->type_name("TIME")
      ->group(kGroup);
}

}  // namespace

void AddExplainCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("explain",
                                          "Show which policies are for an image, what they want "
                                          "and where that is looked for, and which "
                                          "nearly are. Asks no registry.");
  command->footer(
      "Exit status: 0 if it was explained, whatever becomes of the image; 2 if it could not be.");
  command->add_option("IMAGE", flags->image, "The image, as a Pod would name it.")->required();
  AddWorkloadFlags(command, flags.get());
  command->add_option("--output,-o", flags->output, "How to answer: text; or json.")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("--timeout", flags->timeout_seconds, "Seconds to wait for the policies.")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  verifier::AddAssemblyFlags(command, &flags->assembly);
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(Explain(*flags)); });
}

}  // namespace countersign::cli

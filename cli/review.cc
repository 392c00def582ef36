#include "cli/review.h"

#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/json_extract.h"
#include "base/status_macros.h"
#include "cli/failure.h"
#include "cli/local_validator.h"
#include "cli/local_verifier.h"
#include "kube/admission/admission_review.h"
#include "shim/decision.h"
#include "shim/policy_webhook.h"
#include "shim/webhook.h"
#include "shim/webhook_flags.h"
#include "verifier/assembly_flags.h"
#include "verifier/verifier_assembly.h"

namespace countersign::cli {
namespace {

// As long as an API server gives a webhook at the most.
constexpr absl::Duration kTimeout = absl::Seconds(30);

struct Flags {
  verifier::VerifierAssembly::Options assembly;
  shim::AdmissionRules rules;
};

absl::StatusOr<std::string> ReadStandardInput() {
  std::string bytes;
  char buffer[64 << 10];
  // One byte more than may be read shows that there is too much.
  while (bytes.size() <= kube::kMaxReviewBytes) {
    const size_t count = std::fread(buffer, 1, sizeof(buffer), stdin);
    bytes.append(buffer, count);
    if (count == 0) break;
  }
  if (std::ferror(stdin)) return absl::UnavailableError("standard input cannot be read");
  return bytes;
}

// Of which kind it is, an error is said by who answers.
bool IsOfPolicies(const std::string& review) {
  const absl::StatusOr<kube::AdmissionRequest> request =
      kube::ParseAdmissionReview(review, base::JsonParts());
  return request.ok() && shim::IsOfPolicies(*request);
}

absl::StatusOr<std::string> AnswerOf(const std::string& review, const Flags& flags,
                                     verifier::VerifierAssembly& assembly) {
  if (IsOfPolicies(review)) {
    // What is wrong with one is said whatever is in force, or nothing.
    assembly.AwaitReviewSettings(base::In(kTimeout));
    LocalValidator validator(assembly.review_settings());
    return shim::PolicyWebhook(&validator).Handle(review, base::In(kTimeout));
  }
  assembly.AwaitPolicy(base::In(kTimeout));
  CS_RETURN_IF_ERROR(assembly.PolicyStatus());
  LocalVerifier local(&assembly.verifier());
  shim::Webhook webhook(&local, {.rules = flags.rules});
  return webhook.Handle(review, {}, base::In(kTimeout));
}

absl::Status Review(const Flags& flags) {
  CS_ASSIGN_OR_RETURN(std::unique_ptr<verifier::VerifierAssembly> assembly,
                      verifier::VerifierAssembly::Create(flags.assembly));
  CS_ASSIGN_OR_RETURN(const std::string review, ReadStandardInput());
  CS_ASSIGN_OR_RETURN(const std::string answer, AnswerOf(review, flags, *assembly));
  std::printf("%s\n", answer.c_str());
  return absl::OkStatus();
}

}  // namespace

void AddReviewCommand(CLI::App* app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "review",
      "Answer an AdmissionReview from standard input as the webhook would, to standard output: of "
      "what runs images, and of policies and the objects beside them.");
  command->footer("Exit status: 0 if it was answered, whatever the answer; 2 if it could not be.");
  verifier::AddAssemblyFlags(command, &flags->assembly);
  shim::AddWebhookFlags(command, &flags->rules);
  command->callback([flags, exit_code] { *exit_code = ExitCodeOf(Review(*flags)); });
}

}  // namespace countersign::cli

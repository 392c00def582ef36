#include "cli/verdict_report.h"

#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "base/printable.h"
#include "cli/evidence_json.h"
#include "proto/limits.h"
#include "proto/verdicts.h"

namespace countersign::cli {
namespace {

Outcome OutcomeOf(const v1::Verdict& verdict, const ReportOptions& options) {
  if (v1::IsAllowed(verdict)) {
    return verdict.reason() == v1::REASON_NO_POLICY && !options.allow_without_policy
               ? Outcome::kUndecided
               : Outcome::kAllowed;
  }
  return verdict.decision() == v1::DECISION_DENY && !v1::IsUndecided(verdict) ? Outcome::kDenied
                                                                              : Outcome::kUndecided;
}

// As the first word of a line, and as the decision in JSON.
struct OutcomeNames {
  std::string_view line;
  std::string_view decision;
};

OutcomeNames NamesOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return {"allowed    ", "allow"};
    case Outcome::kDenied:
      return {"denied     ", "deny"};
    case Outcome::kUndecided:
      break;
  }
  return {"undecided  ", "undecided"};
}

std::string Why(const v1::Verdict& verdict, const ReportOptions& options) {
  if (verdict.reason() == v1::REASON_VERIFIED) {
    const std::string patterns =
        options.has_patterns
            ? absl::StrCat(" (pattern ", absl::StrJoin(verdict.patterns(), ", "), ")")
            : "";
    return absl::StrCat("verified at ", verdict.digest(), " by ",
                        absl::StrJoin(verdict.keys(), ", "), patterns);
  }
  if (!verdict.message().empty()) return verdict.message();
  if (verdict.warning().empty() && verdict.reason() == v1::REASON_ALLOWED_BY_POLICY) {
    return "allowed by policy, whatever its evidence";
  }
  return verdict.warning();
}

// A line for each thing that policies of policy.sigstore.dev found wanting.
std::string WriteFailures(const v1::Verdict& verdict) {
  std::string lines;
  for (const v1::PolicyFailure& failure : verdict.policy_failures()) {
    const std::string details = absl::StrReplaceAll(failure.details(), {{"\n", " "}});
    absl::StrAppend(&lines, failure.is_warning() ? "warning    " : "policy     ",
                    base::Printable(failure.summary()), details.empty() ? "" : ": ",
                    base::Printable(details, v1::kMaxPolicyFailureBytes), "\n");
  }
  return lines;
}

base::Json WriteImage(const v1::Verdict& verdict, const ReportOptions& options) {
  base::Json image = {
      {"reference", verdict.reference()},
      {"decision", NamesOf(OutcomeOf(verdict, options)).decision},
      {"reason", v1::NameOf(verdict.reason())},
      {"message", verdict.message()},
      {"digest", verdict.digest()},
      {"patterns", std::vector<std::string>(verdict.patterns().begin(), verdict.patterns().end())},
      {"keys", std::vector<std::string>(verdict.keys().begin(), verdict.keys().end())}};
  for (const v1::Evidence& evidence : verdict.evidence()) {
    image["evidence"].push_back(WriteEvidence(evidence));
  }
  if (verdict.left_out() > 0) image["leftOut"] = verdict.left_out();
  for (const v1::PolicyFailure& failure : verdict.policy_failures()) {
    image["policyFailures"].push_back({{"summary", failure.summary()},
                                       {"details", failure.details()},
                                       {"isWarning", failure.is_warning()}});
  }
  if (verdict.pinning_required()) image["pinningRequired"] = true;
  return image;
}

}  // namespace

Outcome OutcomeOf(const v1::VerifyImagesRequest& request, const v1::VerifyImagesResponse& response,
                  const ReportOptions& options) {
  bool undecided = response.verdicts_size() != request.images_size();
  for (const v1::Verdict& verdict : response.verdicts()) {
    const Outcome outcome = OutcomeOf(verdict, options);
    if (outcome == Outcome::kDenied) return outcome;
    undecided |= outcome == Outcome::kUndecided;
  }
  return undecided ? Outcome::kUndecided : Outcome::kAllowed;
}

std::string WriteText(const v1::VerifyImagesResponse& response, const ReportOptions& options) {
  std::string text;
  absl::flat_hash_set<std::string> said;
  for (const v1::Verdict& verdict : response.verdicts()) {
    const std::string why = Why(verdict, options);
    absl::StrAppend(&text, NamesOf(OutcomeOf(verdict, options)).line,
                    base::Printable(verdict.reference()), "  ", base::Printable(why), "\n",
                    WriteFailures(verdict));
    said.insert(why);
  }
  for (const std::string& warning : response.warnings()) {
    if (!said.insert(warning).second) continue;
    absl::StrAppend(&text, "warning    ", base::Printable(warning), "\n");
  }
  return text;
}

std::string WriteJson(const v1::VerifyImagesRequest& request,
                      const v1::VerifyImagesResponse& response, const ReportOptions& options) {
  base::Json images = base::Json::array();
  for (const v1::Verdict& verdict : response.verdicts()) {
    images.push_back(WriteImage(verdict, options));
  }
  const base::Json report = {
      {"allowed", OutcomeOf(request, response, options) == Outcome::kAllowed},
      {"images", images},
      {"warnings",
       std::vector<std::string>(response.warnings().begin(), response.warnings().end())},
  };
  // In ASCII, since it may be read on a terminal, too.
  return report.dump(-1, ' ', true, base::Json::error_handler_t::replace) + "\n";
}

}  // namespace countersign::cli

#include "shim/decision.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "shim/denial.h"
#include "shim/findings.h"
#include "shim/image_marks.h"
#include "shim/policy_failures.h"
#include "shim/unanswered.h"
#include "shim/verifier_answer.h"

namespace countersign::shim {
namespace {

using kube::AdmissionRequest;
using kube::AdmissionResponse;

constexpr std::string_view kStatusAudit = "status";
constexpr std::string_view kImagesAudit = "images";
constexpr std::string_view kStaleAudit = "stale-evidence";
constexpr std::string_view kLacksPins =
    "The images were verified but not pinned to their digests: the verifier is of an earlier "
    "version than the webhook.";

AdmissionResponse Deny(std::string message) {
  AdmissionResponse response;
  response.message = std::move(message);
  response.audit_annotations = {{std::string(kStatusAudit), "denied"}};
  return response;
}

AdmissionResponse Allow() {
  AdmissionResponse response;
  response.allowed = true;
  return response;
}

// Allowed, and marked with what was found.
AdmissionResponse AllowMarked(const AdmissionRequest& review, const ReviewTerms& terms,
                              const Findings& findings) {
  AdmissionResponse response = Allow();
  const std::optional<MarkText> text = WriteMarks(MarksForAudit(findings));
  if (text.has_value()) {
    response.audit_annotations.emplace_back(kStatusAudit, text->status);
    if (!text->images.empty()) response.audit_annotations.emplace_back(kImagesAudit, text->images);
  }
  if (!terms.is_final) response.patch = PatchOf(review, findings);
  return response;
}

AdmissionResponse AnswerUnknownKind(const AdmissionRequest& review, const ReviewTerms& terms,
                                    bool allow) {
  const std::string kind = base::Printable(review.kind.ToString());
  if (!allow) {
    const std::string name = review.kind.group.empty()
                                 ? review.kind.kind
                                 : absl::StrCat(review.kind.kind, ".", review.kind.group);
    return Deny(absl::StrCat(
        "Countersign does not know where an object of kind ", kind,
        " keeps its pod template, so its images cannot be checked. The operator can name the "
        "place with --pod-template=",
        base::Printable(name), "=/spec/template or admit such kinds with --unknown-kinds=allow."));
  }
  AdmissionResponse response = AllowMarked(review, terms, {});
  response.warnings = {absl::StrCat("Countersign does not know where an object of kind ", kind,
                                    " keeps its pod template. Its images were not checked.")};
  response.audit_annotations = {{std::string(kStatusAudit), "unchecked"}};
  return response;
}

absl::StatusOr<Question> QuestionOf(const AdmissionRequest& review, const ReviewTerms& terms,
                                    const AdmissionRules& rules, std::string_view template_path) {
  const bool is_pinned =
      !terms.leaves_unpinned && IsPinned(review, template_path, rules.pin_images);
  CS_ASSIGN_OR_RETURN(
      Question question,
      BuildQuestion(review, template_path,
                    {.ask_about_unchanged = rules.verify_unchanged_images && !terms.is_final,
                     .pins_images = is_pinned && !terms.is_final,
                     .require_digest = is_pinned && terms.is_final,
                     .template_placeholders = rules.template_placeholders}));
  question.request.set_caller(terms.caller);
  return question;
}

Decision AnswerByVerdicts(const AdmissionRequest& review, const ReviewTerms& terms,
                          const Question& question, const v1::VerifyImagesResponse& verdicts) {
  const absl::Status answered = CheckAnswer(question.request, verdicts);
  if (!answered.ok()) {
    return {Deny(absl::StrCat(
                "The verifier's answer about the images cannot be used, so they are refused: ",
                answered.message(), ". See whether the shim and the verifier are of one version.")),
            ListImages(question)};
  }
  AdmissionResponse response;
  if (AllMayRun(question, verdicts)) {
    response = AllowMarked(review, terms, FindingsOf(question, verdicts));
    if (LacksPins(question, verdicts)) response.warnings.emplace_back(kLacksPins);
    const std::string aged = DescribeStaleEvidence(question, verdicts);
    if (!aged.empty()) response.audit_annotations.emplace_back(kStaleAudit, aged);
  } else {
    response = Deny(WriteDenial(question, verdicts));
  }
  response.warnings.insert(response.warnings.end(), verdicts.warnings().begin(),
                           verdicts.warnings().end());
  for (const AskedUse& use : question.uses) {
    response.warnings.push_back(VerdictOn(use, verdicts).warning());
  }
  for (std::string& warning : WriteWarningFailures(question, verdicts)) {
    response.warnings.push_back(std::move(warning));
  }
  return {std::move(response), ListRefused(question, verdicts)};
}

// No verifier could be asked, and the operator wants the object admitted all the same.
AdmissionResponse AllowUnasked(const AdmissionRequest& review, const ReviewTerms& terms,
                               const Question& question) {
  constexpr std::string_view kReason = "none could be connected to";
  AdmissionResponse response = AllowMarked(review, terms, FindingsUnasked(question));
  response.warnings = {absl::StrCat(
      "No verifier could be asked about the images, which were not checked: ", kReason, ".")};
  response.audit_annotations.emplace_back("verifier-unavailable", std::string(kReason));
  return response;
}

Decision AnswerWithoutVerdicts(const AdmissionRequest& review, const ReviewTerms& terms,
                               const AdmissionRules& rules, const Question& question,
                               const CallResult<v1::VerifyImagesResponse>& failure) {
  const Unanswered unanswered = WhyUnanswered(failure);
  const bool may_allow =
      rules.unsafe_allow_when_verifier_unavailable && unanswered == Unanswered::kNeverSent;
  return {.response =
              may_allow ? AllowUnasked(review, terms, question) : Deny(DenialOfUnanswered(failure)),
          .refused_images = ListImages(question),
          .nobody_answered = unanswered != Unanswered::kRefused,
          .cause = std::string(failure.answer.status().message())};
}

}  // namespace

std::variant<Decision, Question> Ask(const AdmissionRequest& review, const ReviewTerms& terms,
                                     const AdmissionRules& rules) {
  if (NeedsNoCheck(review)) return Decision{Allow()};
  if (const std::optional<std::string> excess = WhatIsTooMuch(review)) {
    return Decision{Deny(*excess)};
  }
  const std::string* template_path = rules.kinds.FindTemplatePath(review.kind);
  if (template_path == nullptr) {
    return Decision{AnswerUnknownKind(review, terms, rules.allow_unknown_kinds)};
  }
  absl::StatusOr<Question> question = QuestionOf(review, terms, rules, *template_path);
  if (!question.ok()) {
    return Decision{Deny(absl::StrCat(
        "The images of this object cannot be checked: ", question.status().message(), "."))};
  }
  if (question->uses.empty()) {
    return Decision{AllowMarked(review, terms, {.unchanged = question->unchanged})};
  }
  return *std::move(question);
}

Decision Answer(const AdmissionRequest& review, const ReviewTerms& terms,
                const AdmissionRules& rules, const Question& question,
                const CallResult<v1::VerifyImagesResponse>& verdicts) {
  Decision decision = verdicts.answer.ok()
                          ? AnswerByVerdicts(review, terms, question, *verdicts.answer)
                          : AnswerWithoutVerdicts(review, terms, rules, question, verdicts);
  if (!decision.response.allowed) decision.response.message += SayWaited(verdicts);
  return decision;
}

Decision AnswerUnserved(const Question& question) {
  return {
      .response = Deny(
          "Too many images of other objects of this namespace, or of this API server, are "
          "being checked, and there was no place for those of this one in time (queue), so they "
          "are refused. Try again in a moment."),
      .refused_images = ListImages(question),
      .nobody_answered = true};
}

}  // namespace countersign::shim

#include "shim/webhook.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/admission/admission_review.h"
#include "shim/denial.h"
#include "shim/findings.h"
#include "shim/image_marks.h"
#include "shim/pinning.h"
#include "shim/question.h"
#include "shim/unanswered.h"

namespace countersign::shim {
namespace {

using kube::AdmissionRequest;
using kube::AdmissionResponse;

constexpr std::string_view kLogger = "webhook";
// Longer ones are read one at a time, in turns by caller: however many reviews of a thousand containers
// come, a small one finds the processor.
constexpr size_t kLargestSmallReview = 64 << 10;
constexpr std::string_view kStatusAudit = "status";
constexpr std::string_view kImagesAudit = "images";
constexpr std::string_view kLacksPins =
    "The images were verified but not pinned to their digests: the verifier is of an earlier "
    "version than the webhook.";

// What is read of an object: all that is looked at anywhere here.
base::JsonParts WantedParts(const kube::WorkloadKinds& kinds) {
  base::JsonParts parts = kinds.Parts();
  for (const char* pointer : {"/apiVersion", "/kind", "/metadata/name", "/metadata/generateName",
                              "/metadata/deletionTimestamp"}) {
    parts.At(pointer);
  }
  parts.At("/metadata/annotations").prefix = std::string(kAnnotationPrefix);
  parts.At("/metadata/ownerReferences").Elements().At("/controller");
  return parts;
}

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
AdmissionResponse AllowMarked(const AdmissionRequest& request, const ReviewTerms& terms,
                              const Findings& findings) {
  AdmissionResponse response = Allow();
  const std::optional<MarkText> text = WriteMarks(MarksForAudit(findings));
  if (text.has_value()) {
    response.audit_annotations.emplace_back(kStatusAudit, text->status);
    if (!text->images.empty()) response.audit_annotations.emplace_back(kImagesAudit, text->images);
  }
  if (!terms.is_final) response.patch = PatchOf(request, findings);
  return response;
}

AdmissionResponse AnswerUnknownKind(const AdmissionRequest& request, const ReviewTerms& terms,
                                    bool allow) {
  const std::string kind = base::Printable(request.kind.ToString());
  if (!allow) {
    const std::string name = request.kind.group.empty()
                                 ? request.kind.kind
                                 : absl::StrCat(request.kind.kind, ".", request.kind.group);
    return Deny(absl::StrCat(
        "Countersign does not know where an object of kind ", kind,
        " keeps its pod template, so its images cannot be checked. The operator can name the "
        "place with --pod-template=",
        base::Printable(name), "=/spec/template or admit such kinds with --unknown-kinds=allow."));
  }
  AdmissionResponse response = AllowMarked(request, terms, {});
  response.warnings = {absl::StrCat("Countersign does not know where an object of kind ", kind,
                                    " keeps its pod template. Its images were not checked.")};
  response.audit_annotations = {{std::string(kStatusAudit), "unchecked"}};
  return response;
}

// No verifier could be asked, and the operator wants the object admitted all the same.
AdmissionResponse AllowUnasked(const AdmissionRequest& request, const ReviewTerms& terms,
                               const Question& question, const absl::Status& why) {
  constexpr std::string_view kReason = "none could be connected to";
  AdmissionResponse response = AllowMarked(request, terms, FindingsUnasked(question));
  response.warnings = {absl::StrCat(
      "No verifier could be asked about the images, which were not checked: ", kReason, ".")};
  response.audit_annotations.emplace_back("verifier-unavailable", std::string(kReason));
  base::LogWarning(kLogger, "Admitted unchecked: no verifier could be asked.",
                   {{"object", kube::Describe(request)}, {"error", std::string(why.message())}});
  return response;
}

// An answer, and what of it only the log says.
struct Decision {
  AdmissionResponse response;
  std::string refused_images = {};
  bool nobody_answered = false;
  std::string cause = {};
};

Decision DecideAnswered(const AdmissionRequest& request, const ReviewTerms& terms,
                        const Question& question, const v1::VerifyImagesResponse& verdicts) {
  const absl::Status answered = CheckAnswer(question.request, verdicts);
  if (!answered.ok()) {
    return {Deny(absl::StrCat(
                "The verifier's answer about the images cannot be used, so they are refused: ",
                answered.message(), ". See whether the shim and the verifier are of one version.")),
            ListImages(question)};
  }
  AdmissionResponse response;
  if (AllAllowed(question, verdicts)) {
    response = AllowMarked(request, terms, FindingsOf(question, verdicts));
    if (LacksPins(question, verdicts)) response.warnings.emplace_back(kLacksPins);
  } else {
    response = Deny(WriteDenial(question, verdicts));
  }
  response.warnings.insert(response.warnings.end(), verdicts.warnings().begin(),
                           verdicts.warnings().end());
  for (const AskedUse& use : question.uses) {
    response.warnings.push_back(VerdictOn(use, verdicts).warning());
  }
  return {std::move(response), ListRefused(question, verdicts)};
}

CallResult<v1::VerifyImagesResponse> AskVerifier(const v1::VerifyImagesRequest& request,
                                                 const Webhook::Options& options,
                                                 VerifierClient& verifier, absl::Time deadline) {
  const absl::Time start = absl::Now();
  CallResult<v1::VerifyImagesResponse> asked = verifier.VerifyImages(request, deadline);
  if (options.metrics != nullptr) {
    options.metrics->CountCall(asked.answer.status(), absl::Now() - start);
  }
  return asked;
}

Decision DecideUnanswered(const AdmissionRequest& request, const ReviewTerms& terms,
                          const Webhook::Options& options, const Question& question,
                          const CallResult<v1::VerifyImagesResponse>& asked) {
  const Unanswered unanswered = WhyUnanswered(asked);
  const absl::Status& why = asked.answer.status();
  const bool may_allow =
      options.unsafe_allow_when_verifier_unavailable && unanswered == Unanswered::kNeverSent;
  return {.response = may_allow ? AllowUnasked(request, terms, question, why)
                                : Deny(DenialOfUnanswered(asked)),
          .refused_images = ListImages(question),
          .nobody_answered = unanswered != Unanswered::kRefused,
          .cause = std::string(why.message())};
}

absl::StatusOr<Question> QuestionOf(const AdmissionRequest& request, const ReviewTerms& terms,
                                    const Webhook::Options& options,
                                    std::string_view template_path) {
  const bool is_pinned =
      !terms.leaves_unpinned && IsPinned(request, template_path, options.pin_images);
  CS_ASSIGN_OR_RETURN(
      Question question,
      BuildQuestion(request, template_path,
                    {.ask_about_unchanged = options.verify_unchanged_images && !terms.is_final,
                     .pins_images = is_pinned && !terms.is_final,
                     .require_digest = is_pinned && terms.is_final,
                     .template_placeholders = options.template_placeholders}));
  question.request.set_caller(terms.caller);
  return question;
}

// The namespace has as many images looked at as are looked at for one, or its caller has, and they
// took too long.
Decision DecideUnserved(const Question& question) {
  return {.response =
              Deny("Too many images of other objects of this namespace, or of this API server, are "
                   "being checked, so the images of this one are refused. Try again in a moment."),
          .refused_images = ListImages(question),
          .nobody_answered = true};
}

// What can be said without asking anybody, or what is to be asked. Pure. Where there is a question,
// only what an answer is written from is left of `request`.
std::variant<Decision, Question> Consider(AdmissionRequest& request, const ReviewTerms& terms,
                                          const Webhook::Options& options) {
  if (NeedsNoCheck(request)) return Decision{Allow()};
  if (const std::optional<std::string> excess = WhatIsTooMuch(request)) {
    return Decision{Deny(*excess)};
  }
  const std::string* template_path = options.kinds.FindTemplatePath(request.kind);
  if (template_path == nullptr) {
    return Decision{AnswerUnknownKind(request, terms, options.allow_unknown_kinds)};
  }
  absl::StatusOr<Question> question = QuestionOf(request, terms, options, *template_path);
  if (!question.ok()) {
    return Decision{Deny(absl::StrCat(
        "The images of this object cannot be checked: ", question.status().message(), "."))};
  }
  if (question->uses.empty()) {
    return Decision{AllowMarked(request, terms, {.unchanged = question->unchanged})};
  }
  kube::KeepMetadata(request);
  return *std::move(question);
}

Decision Ask(const AdmissionRequest& request, const ReviewTerms& terms,
             const Webhook::Options& options, const Question& question, VerifierClient& verifier,
             ImageShares& images) {
  const std::optional<ImageShares::Claim> claim =
      images.Take(terms.caller, request.request_namespace,
                  static_cast<size_t>(question.request.images_size()), terms.deadline);
  if (!claim.has_value()) return DecideUnserved(question);
  const CallResult<v1::VerifyImagesResponse> asked =
      AskVerifier(question.request, options, verifier, terms.deadline);
  if (!asked.answer.ok()) return DecideUnanswered(request, terms, options, question, asked);
  return DecideAnswered(request, terms, question, *asked.answer);
}

ReviewOutcome OutcomeOf(const Decision& decision) {
  if (decision.response.allowed) {
    return decision.nobody_answered ? ReviewOutcome::kAllowedUnasked : ReviewOutcome::kAllowed;
  }
  return decision.nobody_answered ? ReviewOutcome::kDeniedUnasked : ReviewOutcome::kDenied;
}

void LogDecision(const AdmissionRequest& request, const Decision& decision) {
  base::LogFields fields = {
      {"object", kube::Describe(request)}, {"operation", request.operation}, {"uid", request.uid}};
  if (decision.response.allowed) {
    return base::Log(base::LogLevel::kDebug, kLogger, "Admitted.", fields);
  }
  fields.emplace_back("error", decision.response.message);
  if (!decision.refused_images.empty()) fields.emplace_back("image", decision.refused_images);
  if (!decision.cause.empty()) fields.emplace_back("cause", decision.cause);
  base::LogWarning(kLogger, "Denied.", fields);
}

}  // namespace

Webhook::Webhook(VerifierClient* verifier, Options options)
    : verifier_(verifier),
      options_(std::move(options)),
      parts_(WantedParts(options_.kinds)),
      images_(options_.max_images) {}

absl::StatusOr<std::optional<base::Turnstile::Place>> Webhook::AwaitTurn(size_t bytes,
                                                                         const ReviewTerms& terms) {
  if (bytes <= kLargestSmallReview) return std::nullopt;
  return reading_.Enter({.caller = terms.caller}, nullptr, terms.deadline);
}

absl::StatusOr<std::string> Webhook::Handle(std::string_view body, const ReviewTerms& terms) {
  const absl::Time start = absl::Now();
  absl::StatusOr<std::optional<base::Turnstile::Place>> turn = AwaitTurn(body.size(), terms);
  if (!turn.ok()) return absl::ResourceExhaustedError("the review was not read in time");
  absl::StatusOr<AdmissionRequest> request = kube::ParseAdmissionReview(body, parts_);
  if (!request.ok()) {
    if (options_.metrics != nullptr) options_.metrics->CountMalformed();
    return request.status();
  }
  // The question and its answer are made of the same pieces.
  if (terms.on_read != nullptr && !terms.on_read(2 * request->memory_bytes)) {
    return absl::ResourceExhaustedError("there is no room for what was read of the review");
  }
  std::variant<Decision, Question> considered = Consider(*request, terms, options_);
  // Nobody waits for a turn while others are asked.
  turn->reset();
  const auto* const question = std::get_if<Question>(&considered);
  const Decision decision = question == nullptr
                                ? std::get<Decision>(std::move(considered))
                                : Ask(*request, terms, options_, *question, *verifier_, images_);
  LogDecision(*request, decision);
  std::string answer = kube::WriteAdmissionReview(*request, decision.response);
  if (options_.metrics != nullptr) {
    options_.metrics->CountReview(request->operation, OutcomeOf(decision), absl::Now() - start);
  }
  return answer;
}

}  // namespace countersign::shim

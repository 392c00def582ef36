#include "shim/webhook.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/not_now.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/admission_review.h"
#include "shim/denial.h"
#include "shim/image_marks.h"
#include "shim/patch.h"
#include "shim/question.h"

namespace countersign::shim {
namespace {

using kube::AdmissionRequest;
using kube::AdmissionResponse;

constexpr std::string_view kLogger = "webhook";
constexpr std::string_view kEphemeralContainers = "ephemeralcontainers";
constexpr std::string_view kStatusAudit = "status";
constexpr std::string_view kImagesAudit = "images";

// "shop/web (Deployment)", or "shop/web-* (Pod)" while the name is still to be generated.
std::string Describe(const AdmissionRequest& request) {
  std::string name = request.name;
  const base::Json* metadata = base::FindMember(request.object, "metadata");
  if (name.empty() && metadata != nullptr) {
    name = base::StringMember(*metadata, "name", "").value_or("");
    if (name.empty()) {
      name = absl::StrCat(base::StringMember(*metadata, "generateName", "").value_or(""), "*");
    }
  }
  return absl::StrCat(request.request_namespace, "/", name, " (", request.kind.kind, ")");
}

bool IsBeingDeleted(const base::Json& object) {
  const base::Json* metadata = base::FindMember(object, "metadata");
  return metadata != nullptr && base::FindMember(*metadata, "deletionTimestamp") != nullptr;
}

// What cannot start a container.
bool NeedsNoCheck(const AdmissionRequest& request) {
  if (request.operation == "DELETE" || request.operation == "CONNECT") return true;
  if (!request.sub_resource.empty() && request.sub_resource != kEphemeralContainers) return true;
  // Only what is stored tells: the API server wipes a deletionTimestamp that a new object claims to
  // have, but not before it has asked this webhook.
  return request.operation == "UPDATE" && IsBeingDeleted(request.old_object);
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

// Allowed, and marked with what was found. The API server keeps no annotation that comes with an
// update of a subresource.
AdmissionResponse AllowMarked(const AdmissionRequest& request, const ImageMarks& marks) {
  AdmissionResponse response = Allow();
  const std::optional<MarkText> text = WriteMarks(marks);
  if (text.has_value()) {
    response.audit_annotations.emplace_back(kStatusAudit, text->status);
    if (!text->images.empty()) response.audit_annotations.emplace_back(kImagesAudit, text->images);
  }
  if (request.sub_resource.empty()) response.patch = BuildPatch(request.object, text);
  return response;
}

// The marks of images that are not asked about again: what the stored object says of them.
ImageMarks MarksOfUnchanged(const AdmissionRequest& request, const Question& question) {
  ImageMarks marks;
  if (question.unchanged.empty()) return marks;
  ImageMarks stored = ReadMarks(request.old_object);
  for (const std::string& reference : question.unchanged) marks[reference] = stored[reference];
  return marks;
}

AdmissionResponse AnswerUnknownKind(const AdmissionRequest& request, bool allow) {
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
  AdmissionResponse response = AllowMarked(request, {});
  response.warnings = {absl::StrCat("Countersign does not know where an object of kind ", kind,
                                    " keeps its pod template. Its images were not checked.")};
  response.audit_annotations = {{std::string(kStatusAudit), "unchecked"}};
  return response;
}

// No verifier could be asked, and the operator wants the object admitted all the same.
AdmissionResponse AllowUnasked(const AdmissionRequest& request, const Question& question,
                               const absl::Status& why) {
  constexpr std::string_view kReason = "none could be connected to";
  ImageMarks marks = MarksOfUnchanged(request, question);
  for (const v1::Image& image : question.request.images()) marks[image.reference()] = ImageMark{};
  AdmissionResponse response = AllowMarked(request, marks);
  response.warnings = {absl::StrCat(
      "No verifier could be asked about the images, which were not checked: ", kReason, ".")};
  response.audit_annotations.emplace_back("verifier-unavailable", std::string(kReason));
  base::LogWarning(kLogger, "Admitted unchecked: no verifier could be asked.",
                   {{"object", Describe(request)}, {"error", std::string(why.message())}});
  return response;
}

// What came of a question that was not answered by verdicts.
enum class Failure {
  kNeverSent,  // nobody was there
  kLost,       // whoever had it was late, busy, or died
  kRefused,    // a verifier answered something else
};

Failure FailureOf(const CallResult<v1::VerifyImagesResponse>& asked) {
  if (asked.never_sent) return Failure::kNeverSent;
  const absl::Status& why = asked.answer.status();
  return base::IsNotNow(why) && !absl::IsAborted(why) ? Failure::kLost : Failure::kRefused;
}

// What the transport says of a failure has addresses in it, and is for the log alone.
AdmissionResponse DenyUnasked(Failure failure, const absl::Status& why) {
  switch (failure) {
    case Failure::kNeverSent:
      return Deny(
          "No verifier could be asked about the images, so they are refused. See whether "
          "countersign-verifier runs and is ready, then try again.");
    case Failure::kLost:
      return Deny(
          absl::StrCat("The verifier did not answer about the images, so they are refused: it ",
                       absl::IsDeadlineExceeded(why)    ? "was not done in time"
                       : absl::IsResourceExhausted(why) ? "has too much to do"
                                                        : "was lost while it was being asked",
                       ". Try again in a moment."));
    case Failure::kRefused:
      break;
  }
  return Deny(absl::StrCat("The verifier refused to answer about the images, so they are refused: ",
                           why.message(), "."));
}

AdmissionResponse AnswerVerdicts(const AdmissionRequest& request, const Question& question,
                                 const v1::VerifyImagesResponse& verdicts) {
  const absl::Status answered = CheckAnswer(question.request, verdicts);
  if (!answered.ok()) {
    return Deny(absl::StrCat(
        "The verifier's answer about the images cannot be used, so they are refused: ",
        answered.message(), ". See whether the shim and the verifier are of one version."));
  }
  AdmissionResponse response;
  if (AllAllowed(verdicts)) {
    ImageMarks marks = MarksOfUnchanged(request, question);
    for (const v1::Verdict& verdict : verdicts.verdicts()) {
      marks[verdict.reference()] = MarkOf(verdict);
    }
    response = AllowMarked(request, marks);
  } else {
    response = Deny(WriteDenial(question, verdicts));
  }
  response.warnings.assign(verdicts.warnings().begin(), verdicts.warnings().end());
  for (const v1::Verdict& verdict : verdicts.verdicts()) {
    response.warnings.push_back(verdict.warning());
  }
  return response;
}

// The images that were not allowed, for the log; all that were asked about if there are no
// verdicts.
std::string ListRefused(const Question& question,
                        const absl::StatusOr<v1::VerifyImagesResponse>& verdicts) {
  std::vector<std::string_view> references;
  for (int i = 0; i < question.request.images_size(); ++i) {
    const bool allowed = verdicts.ok() && i < verdicts->verdicts_size() &&
                         verdicts->verdicts(i).decision() == v1::DECISION_ALLOW;
    if (!allowed) references.push_back(question.request.images(i).reference());
  }
  return absl::StrJoin(references, ", ");
}

// An answer, and what of it only the log says.
struct Decision {
  AdmissionResponse response;
  std::string refused_images = {};
  bool nobody_answered = false;
  std::string cause = {};
};

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

Decision DecideUnanswered(const AdmissionRequest& request, const Webhook::Options& options,
                          const Question& question,
                          const CallResult<v1::VerifyImagesResponse>& asked) {
  const Failure failure = FailureOf(asked);
  const absl::Status& why = asked.answer.status();
  const bool may_allow =
      options.unsafe_allow_when_verifier_unavailable && failure == Failure::kNeverSent;
  return {.response = may_allow ? AllowUnasked(request, question, why) : DenyUnasked(failure, why),
          .refused_images = ListRefused(question, asked.answer),
          .nobody_answered = failure != Failure::kRefused,
          .cause = std::string(why.message())};
}

Decision Decide(const AdmissionRequest& request, const Webhook::Options& options,
                VerifierClient& verifier, absl::Time deadline, std::string_view caller) {
  if (NeedsNoCheck(request)) return {Allow()};
  const std::string* template_path = options.kinds.FindTemplatePath(request.kind);
  if (template_path == nullptr) return {AnswerUnknownKind(request, options.allow_unknown_kinds)};
  absl::StatusOr<Question> question = BuildQuestion(
      request, *template_path, options.verify_unchanged_images, options.template_placeholders);
  if (!question.ok()) {
    return {Deny(absl::StrCat(
        "The images of this object cannot be checked: ", question.status().message(), "."))};
  }
  if (question->request.images().empty()) {
    return {AllowMarked(request, MarksOfUnchanged(request, *question))};
  }
  question->request.set_caller(std::string(caller));
  const CallResult<v1::VerifyImagesResponse> asked =
      AskVerifier(question->request, options, verifier, deadline);
  if (!asked.answer.ok()) return DecideUnanswered(request, options, *question, asked);
  return {AnswerVerdicts(request, *question, *asked.answer), ListRefused(*question, asked.answer)};
}

ReviewOutcome OutcomeOf(const Decision& decision) {
  if (decision.response.allowed) {
    return decision.nobody_answered ? ReviewOutcome::kAllowedUnasked : ReviewOutcome::kAllowed;
  }
  return decision.nobody_answered ? ReviewOutcome::kDeniedUnasked : ReviewOutcome::kDenied;
}

void LogDecision(const AdmissionRequest& request, const Decision& decision) {
  base::LogFields fields = {
      {"object", Describe(request)}, {"operation", request.operation}, {"uid", request.uid}};
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
    : verifier_(verifier), options_(std::move(options)) {}

absl::StatusOr<std::string> Webhook::Handle(std::string_view body, absl::Time deadline,
                                            std::string_view caller) const {
  const absl::Time start = absl::Now();
  const absl::StatusOr<AdmissionRequest> request = kube::ParseAdmissionReview(body);
  if (!request.ok()) {
    if (options_.metrics != nullptr) options_.metrics->CountMalformed();
    return request.status();
  }
  const Decision decision = Decide(*request, options_, *verifier_, deadline, caller);
  LogDecision(*request, decision);
  std::string answer = kube::WriteAdmissionReview(*request, decision.response);
  if (options_.metrics != nullptr) {
    options_.metrics->CountReview(request->operation, OutcomeOf(decision), absl::Now() - start);
  }
  return answer;
}

}  // namespace countersign::shim

#include "shim/webhook.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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

constexpr std::string_view kEphemeralContainers = "ephemeralcontainers";
constexpr std::string_view kStatusAudit = "status";
constexpr std::string_view kImagesAudit = "images";

// "shop/web (Deployment)".
std::string Describe(const AdmissionRequest& request) {
  return absl::StrCat(request.request_namespace, "/", request.name, " (", request.kind.kind, ")");
}

bool IsBeingDeleted(const base::Json& object) {
  const base::Json* metadata = base::FindMember(object, "metadata");
  return metadata != nullptr && base::FindMember(*metadata, "deletionTimestamp") != nullptr;
}

// What cannot start a container.
bool NeedsNoCheck(const AdmissionRequest& request) {
  if (request.operation != "CREATE" && request.operation != "UPDATE") return true;
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

// Allowed, and marked with what was found. The API server keeps no annotation that comes with an
// update of a subresource.
AdmissionResponse AllowMarked(const AdmissionRequest& request, const ImageMarks& marks) {
  AdmissionResponse response;
  response.allowed = true;
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
  AdmissionResponse response;
  response.allowed = true;
  response.warnings = {absl::StrCat("Countersign does not know where an object of kind ", kind,
                                    " keeps its pod template. Its images were not checked.")};
  response.audit_annotations = {{std::string(kStatusAudit), "unchecked"}};
  return response;
}

// No verifier could be asked, and the operator wants the object admitted all the same.
AdmissionResponse AllowUnasked(const AdmissionRequest& request, const Question& question,
                               const absl::Status& why) {
  ImageMarks marks = MarksOfUnchanged(request, question);
  for (const v1::Image& image : question.request.images()) marks[image.reference()] = ImageMark{};
  AdmissionResponse response = AllowMarked(request, marks);
  response.warnings = {absl::StrCat(
      "No verifier could be asked about the images, which were not checked: ", why.message())};
  response.audit_annotations.emplace_back("verifier-unavailable", std::string(why.message()));
  return response;
}

AdmissionResponse DenyUnasked(const absl::Status& why) {
  if (base::IsNotNow(why)) {
    return Deny(absl::StrCat(
        "No verifier could be asked about the images, so they are refused: ", why.message(),
        ". See whether countersign-verifier runs and is ready, then try again."));
  }
  return Deny(absl::StrCat("The verifier refused to answer about the images, so they are refused: ",
                           why.message(), "."));
}

AdmissionResponse AnswerVerdicts(const AdmissionRequest& request, const Question& question,
                                 const v1::VerifyImagesResponse& verdicts) {
  if (!Answers(question.request, verdicts)) {
    return Deny(
        "The verifier's answer is not about the images that it was asked about, so they are "
        "refused. See whether the shim and the verifier are of one version.");
  }
  AdmissionResponse response;
  if (AllAllowed(verdicts)) {
    ImageMarks marks = MarksOfUnchanged(request, question);
    for (const v1::Verdict& verdict : verdicts.verdicts()) {
      marks[verdict.reference()] = MarkOf(verdict);
    }
    response = AllowMarked(request, marks);
  } else {
    response = Deny(WriteDenial(verdicts));
  }
  response.warnings.assign(verdicts.warnings().begin(), verdicts.warnings().end());
  return response;
}

void LogAnswer(const AdmissionRequest& request, const AdmissionResponse& response) {
  const base::LogFields fields = {{"object", Describe(request)},
                                  {"operation", request.operation},
                                  {"uid", request.uid},
                                  {"error", response.message}};
  if (response.allowed) {
    base::Log(base::LogLevel::kDebug, "webhook", "Admitted.", {fields.begin(), fields.end() - 1});
  } else {
    base::LogWarning("webhook", "Denied.", fields);
  }
}

}  // namespace

Webhook::Webhook(VerifierClient* verifier, Options options)
    : verifier_(verifier), options_(std::move(options)) {}

absl::StatusOr<std::string> Webhook::Handle(std::string_view body, absl::Time deadline) const {
  CS_ASSIGN_OR_RETURN(const AdmissionRequest request, kube::ParseAdmissionReview(body));
  const AdmissionResponse response = Answer(request, deadline);
  LogAnswer(request, response);
  return kube::WriteAdmissionReview(request, response);
}

AdmissionResponse Webhook::Answer(const AdmissionRequest& request, absl::Time deadline) const {
  if (NeedsNoCheck(request)) {
    AdmissionResponse response;
    response.allowed = true;
    return response;
  }
  const std::string* template_path = options_.kinds.FindTemplatePath(request.kind);
  if (template_path == nullptr) return AnswerUnknownKind(request, options_.allow_unknown_kinds);
  const absl::StatusOr<Question> question =
      BuildQuestion(request, *template_path, options_.verify_unchanged_images);
  if (!question.ok()) {
    return Deny(absl::StrCat(
        "The images of this object cannot be checked: ", question.status().message(), "."));
  }
  if (question->request.images().empty()) {
    return AllowMarked(request, MarksOfUnchanged(request, *question));
  }
  const absl::StatusOr<v1::VerifyImagesResponse> verdicts =
      verifier_->VerifyImages(question->request, deadline);
  if (verdicts.ok()) return AnswerVerdicts(request, *question, *verdicts);
  const bool may_allow =
      options_.unsafe_allow_when_verifier_unavailable && base::IsNotNow(verdicts.status());
  return may_allow ? AllowUnasked(request, *question, verdicts.status())
                   : DenyUnasked(verdicts.status());
}

}  // namespace countersign::shim

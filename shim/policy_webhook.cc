#include "shim/policy_webhook.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "base/json_pointer.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "base/transient.h"
#include "kube/admission/admission_review.h"
#include "kube/metadata.h"
#include "proto/limits.h"
#include "proto/policy_kind.h"

namespace countersign::shim {
namespace {

using base::Json;
using kube::AdmissionRequest;
using kube::AdmissionResponse;

constexpr std::string_view kLogger = "policy-webhook";
constexpr int kUnprocessable = 422;

const base::JsonParts& WantedParts() {
  static const base::JsonParts* const wanted = [] {
    auto* const parts = new base::JsonParts;
    for (const char* pointer : {"/apiVersion", "/kind", "/metadata/name"}) parts->At(pointer);
    parts->At("/spec").all = true;
    return parts;
  }();
  return *wanted;
}

bool MustBeValidated(const AdmissionRequest& request) {
  if (request.kind.group != v1::kPolicyGroup || request.kind.kind != v1::kPolicyKind ||
      !request.sub_resource.empty()) {
    return false;
  }
  if (request.operation == "CREATE") return true;
  if (request.operation != "UPDATE") return false;
  const Json* const spec = base::FindMember(request.object, "spec");
  const Json* const old_spec = base::FindMember(request.old_object, "spec");
  // What was left out may differ.
  return !request.is_complete || spec == nullptr || old_spec == nullptr || *spec != *old_spec;
}

// Only what is judged: without what others have written into `metadata` and `status` it is never
// larger than what a verifier takes.
v1::ValidatePolicyRequest QuestionAbout(const AdmissionRequest& request) {
  Json policy = Json::object();
  for (const char* member : {"apiVersion", "kind", "spec"}) {
    if (const Json* value = base::FindMember(request.object, member)) policy[member] = *value;
  }
  const Json* const name = kube::FindInMetadata(request.object, "name");
  policy["metadata"]["name"] = name == nullptr ? Json(request.name) : *name;
  v1::ValidatePolicyRequest question;
  question.set_policy_json(policy.dump(-1, ' ', false, Json::error_handler_t::replace));
  return question;
}

// What comes of what a verifier found.
AdmissionResponse Answer(const v1::ValidatePolicyResponse& validation) {
  AdmissionResponse response;
  response.warnings.assign(validation.warnings().begin(), validation.warnings().end());
  response.allowed = validation.problems().empty() && validation.problems_left_out() == 0;
  if (response.allowed) return response;
  response.code = kUnprocessable;
  response.message = "The policy is not valid:";
  for (const v1::PolicyProblem& problem : validation.problems()) {
    const std::string field = FieldPath(problem.path());
    const std::string message = base::Printable(problem.message(), v1::kMaxProblemBytes);
    absl::StrAppend(&response.message, "\n", field, field.empty() ? "" : ": ", message);
    response.causes.push_back({.field = field, .message = message});
  }
  if (validation.problems_left_out() > 0) {
    const std::string more = absl::StrCat("and ", validation.problems_left_out(), " more problems");
    absl::StrAppend(&response.message, "\n", more);
    response.causes.push_back({.field = "spec", .message = more});
  }
  return response;
}

// A verifier would not take it.
AdmissionResponse TooLarge(std::string why) {
  v1::ValidatePolicyResponse validation;
  v1::PolicyProblem* const problem = validation.add_problems();
  problem->set_path("/spec");
  problem->set_message(std::move(why));
  return Answer(validation);
}

// The answer, where nobody needs to be asked for it, or the question to a verifier.
using AnswerOrQuestion = std::variant<AdmissionResponse, v1::ValidatePolicyRequest>;
AnswerOrQuestion Ask(const AdmissionRequest& request) {
  if (!MustBeValidated(request)) return AdmissionResponse{.allowed = true};
  if (!request.is_complete) {
    return TooLarge(absl::StrCat("has more than ", kube::kMaxReviewValues, " values"));
  }
  v1::ValidatePolicyRequest question = QuestionAbout(request);
  if (question.policy_json().size() > v1::kMaxPolicyBytes) {
    return TooLarge(absl::StrCat("is longer than ", v1::kMaxPolicyBytes, " bytes"));
  }
  return question;
}

std::string Write(const AdmissionRequest& request, const AdmissionResponse& response) {
  if (!response.allowed) {
    base::LogWarning(kLogger, "Denied.",
                     {{"object", request.name}, {"uid", request.uid}, {"error", response.message}});
  }
  return kube::WriteAdmissionReview(request, response);
}

absl::Status CouldNotAsk(const AdmissionRequest& request, const absl::Status& why) {
  base::LogWarning(
      kLogger, "A policy could not be validated.",
      {{"object", request.name}, {"uid", request.uid}, {"error", std::string(why.message())}});
  // Whatever the verifier called it, it is no fault of the review. Of what was lost on the way gRPC
  // says where it was lost, which is for the log alone.
  return absl::UnavailableError(
      absl::StrCat("no verifier said whether the policy is valid: ",
                   base::IsTransient(why) ? "try again in a moment" : why.message()));
}

}  // namespace

std::string FieldPath(std::string_view json_pointer) {
  std::string path;
  for (const std::string& token : base::TokensOf(json_pointer)) {
    const bool is_index = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
      return absl::ascii_isdigit(c);
    });
    if (is_index) {
      absl::StrAppend(&path, "[", token, "]");
    } else {
      absl::StrAppend(&path, path.empty() ? "" : ".", base::Printable(token));
    }
  }
  return path;
}

absl::StatusOr<std::string> PolicyWebhook::Handle(std::string_view body, absl::Time deadline,
                                                  std::string_view caller) const {
  CS_ASSIGN_OR_RETURN(const AdmissionRequest request,
                      kube::ParseAdmissionReview(body, WantedParts()));
  AnswerOrQuestion asked = Ask(request);
  if (const auto* answer = std::get_if<AdmissionResponse>(&asked)) return Write(request, *answer);
  auto& question = std::get<v1::ValidatePolicyRequest>(asked);
  question.set_caller(std::string(caller));
  const absl::StatusOr<v1::ValidatePolicyResponse> validation =
      validator_->ValidatePolicy(question, deadline);
  if (!validation.ok()) return CouldNotAsk(request, validation.status());
  return Write(request, Answer(*validation));
}

}  // namespace countersign::shim

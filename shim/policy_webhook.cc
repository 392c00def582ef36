#include "shim/policy_webhook.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/json.h"
#include "base/json_extract.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "base/transient.h"
#include "kube/metadata.h"
#include "proto/limits.h"
#include "proto/policy_kind.h"
#include "shim/field_path.h"

namespace countersign::shim {
namespace {

using base::Json;
using kube::AdmissionRequest;
using kube::AdmissionResponse;

constexpr std::string_view kLogger = "policy-webhook";
constexpr int kBadRequest = 400;
constexpr int kUnprocessable = 422;
// What is judged, beside the name: `data` of a ConfigMap, `spec` of all else.
constexpr const char* kJudgedMembers[] = {"spec", "data"};
// What else there is in an object. Whatever stands beside these is nothing that anybody reads, and may be
// a typing error in a name: a verifier is told what it is called.
constexpr const char* kOtherMembers[] = {"apiVersion", "kind", "metadata", "status"};
// So many of them are told; each is refused, so that more come to light with the next attempt.
constexpr size_t kMaxStrays = 8;

const base::JsonParts& WantedParts() {
  static const base::JsonParts* const wanted = [] {
    auto* const parts = new base::JsonParts;
    for (const char* member : kOtherMembers) parts->members[member];
    parts->At("/metadata/name");
    for (const char* member : kJudgedMembers) parts->members[member].all = true;
    parts->max_strays = kMaxStrays;
    return parts;
  }();
  return *wanted;
}

// What was left out may differ.
bool IsSame(std::string_view member, const AdmissionRequest& request) {
  const Json* const now = base::FindMember(request.object, member);
  const Json* const before = base::FindMember(request.old_object, member);
  return now == nullptr || before == nullptr ? now == before : *now == *before;
}

// The names of members that are none of an object's. Of a ConfigMap, which has others, the API server knows
// them all, and keeps no others.
std::vector<std::string> StraysOf(const AdmissionRequest& request, const Json& object) {
  std::vector<std::string> strays;
  const auto* const members = object.get_ptr<const Json::object_t*>();
  if (members == nullptr || request.kind.kind == v1::kSettingsKind) return strays;
  for (const auto& [name, value] : *members) {
    if (absl::c_linear_search(kJudgedMembers, name) || absl::c_linear_search(kOtherMembers, name)) {
      continue;
    }
    strays.push_back(name);
  }
  return strays;
}

bool MustBeValidated(const AdmissionRequest& request) {
  if (!IsOfPolicies(request) || !request.sub_resource.empty()) return false;
  if (request.operation == "CREATE") return true;
  if (request.operation != "UPDATE") return false;
  const auto is_same = [&](std::string_view member) { return IsSame(member, request); };
  return !request.is_complete || !absl::c_all_of(kJudgedMembers, is_same) ||
         StraysOf(request, request.object) != StraysOf(request, request.old_object);
}

// Only what is judged, and the names of strays: without what others have written into `metadata` and
// `status` it is never larger than what a verifier takes.
v1::ValidatePolicyRequest QuestionAbout(const AdmissionRequest& request) {
  Json policy = Json::object();
  for (const char* member : {"apiVersion", "kind", kJudgedMembers[0], kJudgedMembers[1]}) {
    if (const Json* value = base::FindMember(request.object, member)) policy[member] = *value;
  }
  for (const std::string& stray : StraysOf(request, request.object)) policy[stray] = nullptr;
  const Json* const name = kube::FindInMetadata(request.object, "name");
  policy["metadata"]["name"] = name == nullptr ? Json(request.name) : *name;
  v1::ValidatePolicyRequest question;
  question.set_policy_json(policy.dump(-1, ' ', false, Json::error_handler_t::replace));
  return question;
}

// A line for each problem, in the words of the verifier.
struct ProblemLine {
  std::string pointer;
  std::string message;
};
std::vector<ProblemLine> ProblemsOf(const v1::ValidatePolicyResponse& validation) {
  std::vector<ProblemLine> problems;
  for (const v1::PolicyProblem& problem : validation.problems()) {
    problems.push_back({problem.path(), base::Printable(problem.message(), v1::kMaxProblemBytes)});
  }
  if (validation.problems_left_out() > 0) {
    problems.push_back(
        {"/spec", absl::StrCat("and ", validation.problems_left_out(), " more problems")});
  }
  return problems;
}

// As the API server itself says of an object that is not valid.
void DenyAsInvalid(const v1::ValidatePolicyResponse& validation, AdmissionResponse& response) {
  response.code = kUnprocessable;
  response.message = "The policy is not valid:";
  for (const ProblemLine& problem : ProblemsOf(validation)) {
    const std::string field = FieldPath(problem.pointer);
    absl::StrAppend(&response.message, "\n", field, field.empty() ? "" : ": ", problem.message);
    response.causes.push_back({.field = field, .message = problem.message});
  }
}

// As the Policy Controller says it, and what we have to say beside it.
void DenyAsPolicyController(const v1::ValidatePolicyResponse& validation,
                            AdmissionResponse& response) {
  response.code = kBadRequest;
  response.message = validation.policy_controller_message();
  if (response.message.empty()) response.message = "The object is not valid:";
  for (const ProblemLine& problem : ProblemsOf(validation)) {
    const std::string pointer = base::Printable(problem.pointer);
    absl::StrAppend(&response.message, "\n", pointer, pointer.empty() ? "" : ": ", problem.message);
  }
}

// What comes of what a verifier found.
AdmissionResponse Answer(const AdmissionRequest& request,
                         const v1::ValidatePolicyResponse& validation) {
  AdmissionResponse response;
  for (const std::string& warning : validation.warnings()) {
    // The Policy Controller's have several lines, which are a warning each.
    for (const std::string_view line : absl::StrSplit(warning, '\n')) {
      response.warnings.emplace_back(line);
    }
  }
  response.allowed = validation.problems().empty() && validation.problems_left_out() == 0 &&
                     validation.policy_controller_message().empty();
  if (response.allowed) return response;
  const bool is_sigstore = request.kind.group == v1::kSigstoreGroup;
  if (is_sigstore || !validation.policy_controller_message().empty()) {
    DenyAsPolicyController(validation, response);
  } else {
    DenyAsInvalid(validation, response);
  }
  return response;
}

// A verifier would not take it.
AdmissionResponse TooLarge(const AdmissionRequest& request, std::string why) {
  v1::ValidatePolicyResponse validation;
  v1::PolicyProblem* const problem = validation.add_problems();
  problem->set_path("/spec");
  problem->set_message(std::move(why));
  return Answer(request, validation);
}

// The answer, where nobody needs to be asked for it, or the question to a verifier.
using AnswerOrQuestion = std::variant<AdmissionResponse, v1::ValidatePolicyRequest>;
AnswerOrQuestion Ask(const AdmissionRequest& request) {
  if (!MustBeValidated(request)) return AdmissionResponse{.allowed = true};
  if (!request.is_complete) {
    return TooLarge(request, absl::StrCat("has more than ", kube::kMaxReviewValues, " values"));
  }
  v1::ValidatePolicyRequest question = QuestionAbout(request);
  if (question.policy_json().size() > v1::kMaxPolicyBytes) {
    return TooLarge(request, absl::StrCat("is longer than ", v1::kMaxPolicyBytes, " bytes"));
  }
  return question;
}

void LogFault(std::string_view what, const AdmissionRequest& request,
              const base::TraceContext& trace, std::string_view why) {
  base::LogFields fields = {{"object", request.name}, {"uid", request.uid}};
  base::AddTrace(trace, fields);
  fields.emplace_back("error", std::string(why));
  base::LogWarning(kLogger, what, fields);
}

std::string Write(const AdmissionRequest& request, const AdmissionResponse& response,
                  const base::TraceContext& trace) {
  if (!response.allowed) LogFault("Denied.", request, trace, response.message);
  return kube::WriteAdmissionReview(request, response);
}

absl::Status CouldNotAsk(const AdmissionRequest& request, const base::TraceContext& trace,
                         const absl::Status& why) {
  LogFault("A policy could not be validated.", request, trace, why.message());
  // Whatever the verifier called it, it is no fault of the review. Of what was lost on the way gRPC
  // says where it was lost, which is for the log alone.
  return absl::UnavailableError(
      absl::StrCat("no verifier said whether the policy is valid: ",
                   base::IsTransient(why) ? "try again in a moment" : why.message()));
}

}  // namespace

bool IsOfPolicies(const AdmissionRequest& request) {
  return absl::c_any_of(v1::kJudgedKinds, [&](const v1::JudgedKind& judged) {
    return request.kind.group == judged.group && request.kind.kind == judged.kind &&
           (judged.name.empty() || request.name == judged.name);
  });
}

absl::StatusOr<std::string> PolicyWebhook::Handle(std::string_view body, absl::Time deadline,
                                                  std::string_view caller,
                                                  const base::TraceContext& trace) const {
  CS_ASSIGN_OR_RETURN(const AdmissionRequest request,
                      kube::ParseAdmissionReview(body, WantedParts()));
  AnswerOrQuestion asked = Ask(request);
  if (const auto* answer = std::get_if<AdmissionResponse>(&asked)) {
    return Write(request, *answer, trace);
  }
  auto& question = std::get<v1::ValidatePolicyRequest>(asked);
  question.set_caller(std::string(caller));
  const absl::StatusOr<v1::ValidatePolicyResponse> validation =
      validator_->ValidatePolicy(question, deadline, trace);
  if (!validation.ok()) return CouldNotAsk(request, trace, validation.status());
  return Write(request, Answer(request, *validation), trace);
}

}  // namespace countersign::shim

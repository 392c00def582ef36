#include "verifier/policies/policy_status.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "kube/metadata.h"
#include "policy/compiled.h"
#include "policy/policy_identity.h"
#include "verifier/policies/policy_resource.h"
#include "verifier/policies/status_conditions.h"

namespace countersign::verifier {
namespace {

using base::Json;

constexpr char kAccepted[] = "Accepted";
// A condition's message may have 32 KiB; nobody reads so much.
constexpr size_t kMaxMessageBytes = 4 << 10;

Condition WrongName() {
  return {.type = kAccepted,
          .reason = "WrongName",
          .message = absl::StrCat("There is one ClusterImagePolicy, and its name must be \"",
                                  policy::kPolicyName,
                                  "\". This object is not used, and as long as it is there, no "
                                  "change of the policy takes effect. Delete it.")};
}

Condition NotTheOnlyOne(const std::vector<kube::Object>& policies, size_t index) {
  const kube::Object& other = policies[index == 0 ? 1 : 0];
  return {.type = kAccepted,
          .reason = "NotTheOnlyOne",
          .message = absl::StrCat("There is another ClusterImagePolicy, \"",
                                  base::Printable(kube::NameOf(other.json)),
                                  "\". As long as it is there, no change of this one takes "
                                  "effect. Delete the other.")};
}

Condition Invalid(const policy::Problem& fault) {
  return {.type = kAccepted,
          .reason = "Invalid",
          .message = absl::StrCat(
              "This object is not used, and the policy that was in force "
              "before it still is, if there was one: ",
              base::Printable(absl::StrCat(fault.pointer, ": ", fault.reason), kMaxMessageBytes))};
}

Condition PartlyInvalid(const std::vector<policy::Problem>& problems) {
  return {.type = kAccepted,
          .reason = "PartlyInvalid",
          .message = absl::StrCat("The rest is in force; images that need what cannot be used "
                                  "are denied. ",
                                  ListProblems(problems))};
}

Condition ConditionOf(const PolicyList& policies, size_t index) {
  const policy::CompiledObject& object = policies.compiled->sign[index];
  switch (object.acceptance) {
    case policy::Acceptance::kWrongName:
      return WrongName();
    case policy::Acceptance::kNotTheOnlyOne:
      return NotTheOnlyOne(policies.objects, index);
    case policy::Acceptance::kPartly:
      return PartlyInvalid(object.problems);
    case policy::Acceptance::kWhole:
      return {.type = kAccepted,
              .holds = true,
              .reason = kAccepted,
              .message = "The policy is in force."};
    case policy::Acceptance::kInvalid:
      break;
  }
  return Invalid(object.fault.value_or(policy::Problem()));
}

}  // namespace

Json BuildPolicyStatus(const PolicyList& policies, size_t index, absl::Time now) {
  const Json& object = policies.objects[index].json;
  Json status = {{"observedGeneration", kube::GenerationOf(object)},
                 {"conditions", WriteConditions(object, {ConditionOf(policies, index)},
                                                ConditionForm::kStandard, now)}};
  const policy::CompiledObject& compiled = policies.compiled->sign[index];
  if (!compiled.fault.has_value()) {
    status["keys"] = compiled.keys;
    status["images"] = compiled.patterns;
  }
  return status;
}

std::vector<ReportedObject> ReportOf(PolicyList list) {
  const auto policies = std::make_shared<const PolicyList>(std::move(list));
  std::vector<ReportedObject> report;
  for (size_t i = 0; i < policies->objects.size(); ++i) {
    const Json& object = policies->objects[i].json;
    report.push_back({.object = std::shared_ptr<const Json>(policies, &object),
                      .path = PolicyStatusPath(object),
                      .build_status = [policies, i](absl::Time now) {
                        return BuildPolicyStatus(*policies, i, now);
                      }});
  }
  return report;
}

}  // namespace countersign::verifier

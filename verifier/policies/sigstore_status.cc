#include "verifier/policies/sigstore_status.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "kube/metadata.h"
#include "verifier/policies/policy_resource.h"
#include "verifier/policies/status_conditions.h"

namespace countersign::verifier {
namespace {

using base::Json;
using policy::CompiledSigstoreObject;
using policy::Problem;

constexpr char kReady[] = "Ready";
constexpr char kKeysInlined[] = "KeysInlined";
constexpr char kPoliciesInlined[] = "PoliciesInlined";
constexpr char kConfigMapUpdated[] = "ConfigMapUpdated";
constexpr char kKeysFailed[] = "InliningKeysFailed";
constexpr char kPoliciesFailed[] = "InliningPoliciesFailed";
constexpr size_t kMaxMessageBytes = 4 << 10;

Json WriteStatus(const Json& object, const std::vector<Condition>& conditions, ConditionForm form,
                 absl::Time now) {
  return {{"observedGeneration", kube::GenerationOf(object)},
          {"conditions", WriteConditions(object, conditions, form, now)}};
}

// Puts at the end that all of them hold, or the first that does not.
std::vector<Condition> WithReady(std::vector<Condition> conditions) {
  const auto failed = std::find_if(conditions.begin(), conditions.end(),
                                   [](const Condition& condition) { return !condition.holds; });
  Condition ready = {.type = kReady, .holds = failed == conditions.end()};
  if (!ready.holds) {
    ready.reason = failed->reason;
    ready.message = failed->message;
  }
  conditions.push_back(std::move(ready));
  return conditions;
}

bool IsAmong(const std::vector<Problem>& problems, const Problem& problem) {
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& other) {
    return other.pointer == problem.pointer && other.reason == problem.reason;
  });
}

Condition KeysCondition(const CompiledSigstoreObject& found) {
  if (found.unread_keys.empty()) return {.type = kKeysInlined, .holds = true};
  return {.type = kKeysInlined,
          .reason = kKeysFailed,
          .message = absl::StrCat(
              ListProblems(found.unread_keys),
              ". Until it can be read a key that was good before stays in force, and an authority "
              "without one cannot pass. Put the one PEM public key where the path says; it is read "
              "again every 30 seconds.")};
}

Condition PoliciesCondition(const CompiledSigstoreObject& found) {
  std::vector<Problem> problems;
  for (const Problem& problem : found.problems) {
    if (!IsAmong(found.unread_keys, problem)) problems.push_back(problem);
  }
  if (problems.empty()) {
    return {.type = kPoliciesInlined, .holds = true, .message = ListProblems(found.warnings)};
  }
  return {.type = kPoliciesInlined,
          .reason = kPoliciesFailed,
          .message = absl::StrCat(ListProblems(problems),
                                  ". What is named here cannot pass; the rest of the policy is in "
                                  "force. Mend it there.")};
}

Condition InForceCondition(const std::vector<Problem>& settings_problems) {
  if (settings_problems.empty()) return {.type = kConfigMapUpdated, .holds = true};
  return {.type = kConfigMapUpdated,
          .holds = true,
          .message = absl::StrCat("The policy is in force. ConfigMap config-policy-controller: ",
                                  ListProblems(settings_problems))};
}

}  // namespace

Json BuildSigstorePolicyStatus(const Json& object, const CompiledSigstoreObject& found,
                               const std::vector<Problem>& settings_problems, absl::Time now) {
  return WriteStatus(object,
                     WithReady({KeysCondition(found), PoliciesCondition(found),
                                InForceCondition(settings_problems)}),
                     ConditionForm::kKnative, now);
}

Json BuildTrustRootStatus(const Json& object, const absl::Status& problem, absl::Time now) {
  Condition keys = {.type = kKeysInlined, .holds = problem.ok()};
  if (!problem.ok()) {
    keys.reason = kKeysFailed;
    keys.message = absl::StrCat(
        base::Printable(problem.message(), kMaxMessageBytes),
        ". Until it is mended what this TrustRoot was before stays in force, if it was good; "
        "otherwise authorities that name it cannot pass.");
  }
  return WriteStatus(object, WithReady({std::move(keys), InForceCondition({})}),
                     ConditionForm::kKnative, now);
}

Json BuildOptionsStatus(const Json& object, const CompiledSigstoreObject& found, absl::Time now) {
  Condition accepted = {.type = "Accepted",
                        .holds = true,
                        .reason = "Accepted",
                        .message = "The options are in force."};
  if (!found.problems.empty()) {
    accepted.holds = false;
    accepted.reason = "PartlyInvalid";
    accepted.message = absl::StrCat(
        "What cannot be used denies what it would have decided; the rest is in force. ",
        ListProblems(found.problems));
  } else if (!found.warnings.empty()) {
    absl::StrAppend(&accepted.message, " ", ListProblems(found.warnings));
  }
  return WriteStatus(object, {std::move(accepted)}, ConditionForm::kStandard, now);
}

std::vector<ReportedObject> ReportOf(
    const SigstoreObjects& objects, const CompiledLists& compiled,
    const std::map<std::string, absl::Status, std::less<>>& trust_problems) {
  std::vector<ReportedObject> report;
  const auto add = [&report](const ObjectList& list, size_t index,
                             const kube::ObjectSelection& selection, auto build) {
    const std::shared_ptr<const Json> object(list, &(*list)[index].json);
    report.push_back(
        {.object = object,
         .path = StatusPath(selection.resource, *object),
         .build_status = [object, build](absl::Time now) { return build(*object, now); },
         .is_held = IsOfPolicyController(*object)});
  };
  const auto settings = std::make_shared<const std::vector<Problem>>(compiled.settings_problems);
  for (size_t i = 0; i < objects.image_policies->size(); ++i) {
    add(objects.image_policies, i, SigstorePolicySelection(),
        [found = compiled.image_policies[i], settings](const Json& object, absl::Time now) {
          return BuildSigstorePolicyStatus(object, found, *settings, now);
        });
  }
  for (size_t i = 0; i < objects.trust_roots->size(); ++i) {
    const auto found = trust_problems.find(kube::NameOf((*objects.trust_roots)[i].json));
    const absl::Status problem = found == trust_problems.end() ? absl::OkStatus() : found->second;
    add(objects.trust_roots, i, TrustRootSelection(),
        [problem](const Json& object, absl::Time now) {
          return BuildTrustRootStatus(object, problem, now);
        });
  }
  for (size_t i = 0; i < objects.options->size(); ++i) {
    add(objects.options, i, PolicyOptionsSelection(),
        [found = compiled.options[i]](const Json& object, absl::Time now) {
          return BuildOptionsStatus(object, found, now);
        });
  }
  return report;
}

}  // namespace countersign::verifier

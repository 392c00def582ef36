#include "verifier/policies/policy_status.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/utc_seconds.h"
#include "kube/metadata.h"
#include "policy/compiled.h"
#include "policy/policy_identity.h"

namespace countersign::verifier {
namespace {

using base::Json;

constexpr char kAccepted[] = "Accepted";
// A condition's message may have 32 KiB; nobody reads so much.
constexpr size_t kMaxMessageBytes = 4 << 10;

struct Condition {
  bool is_accepted = false;
  std::string reason;
  std::string message;
};

std::string ListProblems(const std::vector<policy::Problem>& problems) {
  std::string list;
  for (size_t i = 0; i < problems.size(); ++i) {
    const std::string problem = absl::StrCat(problems[i].pointer, ": ", problems[i].reason);
    if (i > 0 && list.size() + problem.size() > kMaxMessageBytes) {
      return absl::StrCat(list, "; and ", problems.size() - i, " more");
    }
    absl::StrAppend(&list, i == 0 ? "" : "; ", problem);
  }
  return list;
}

Condition WrongName() {
  return {.reason = "WrongName",
          .message = absl::StrCat("There is one ClusterImagePolicy, and its name must be \"",
                                  policy::kPolicyName,
                                  "\". This object is not used, and as long as it is there, no "
                                  "change of the policy takes effect. Delete it.")};
}

Condition NotTheOnlyOne(const std::vector<kube::Object>& policies, size_t index) {
  const kube::Object& other = policies[index == 0 ? 1 : 0];
  return {.reason = "NotTheOnlyOne",
          .message = absl::StrCat("There is another ClusterImagePolicy, \"",
                                  base::Printable(kube::NameOf(other.json)),
                                  "\". As long as it is there, no change of this one takes "
                                  "effect. Delete the other.")};
}

Condition Invalid(const policy::Problem& fault) {
  return {.reason = "Invalid",
          .message = absl::StrCat(
              "This object is not used, and the policy that was in force "
              "before it still is, if there was one: ",
              base::Printable(absl::StrCat(fault.pointer, ": ", fault.reason), kMaxMessageBytes))};
}

Condition PartlyInvalid(const std::vector<policy::Problem>& problems) {
  return {.reason = "PartlyInvalid",
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
      return {.is_accepted = true, .reason = kAccepted, .message = "The policy is in force."};
    case policy::Acceptance::kInvalid:
      break;
  }
  return Invalid(object.fault.value_or(policy::Problem()));
}

// The stored conditions, or an empty list.
Json ConditionsOf(const Json& object) {
  const Json* status = base::FindMember(object, "status");
  const Json* conditions = status == nullptr ? nullptr : base::FindMember(*status, "conditions");
  return conditions != nullptr && conditions->is_array() ? *conditions : Json::array();
}

bool IsAcceptedCondition(const Json& condition) {
  return base::FindString(condition, "type") == kAccepted;
}

// The condition with the time of the stored one, if it says the same.
Json WriteCondition(const Condition& condition, int64_t generation, const Json& stored,
                    absl::Time now) {
  const char* const status = condition.is_accepted ? "True" : "False";
  std::string time = base::WriteUtcSeconds(now);
  if (base::FindString(stored, "status") == status) {
    const std::string since = base::FindString(stored, "lastTransitionTime");
    if (!since.empty()) time = since;
  }
  return {{"type", kAccepted},
          {"status", status},
          {"reason", condition.reason},
          {"message", condition.message},
          {"observedGeneration", generation},
          {"lastTransitionTime", std::move(time)}};
}

}  // namespace

Json BuildPolicyStatus(const PolicyList& policies, size_t index, absl::Time now) {
  const Json& object = policies.objects[index].json;
  const Condition own = ConditionOf(policies, index);
  Json conditions = Json::array();
  Json stored;
  bool is_written = false;
  const auto write = [&] {
    conditions.push_back(WriteCondition(own, kube::GenerationOf(object), stored, now));
    is_written = true;
  };
  for (const Json& condition : ConditionsOf(object)) {
    if (!IsAcceptedCondition(condition)) {
      conditions.push_back(condition);
    } else if (!is_written) {
      stored = condition;
      write();
    }
  }
  if (!is_written) write();

  Json status = {{"observedGeneration", kube::GenerationOf(object)},
                 {"conditions", std::move(conditions)}};
  const policy::CompiledObject& compiled = policies.compiled->sign[index];
  if (!compiled.fault.has_value()) {
    status["keys"] = compiled.keys;
    status["images"] = compiled.patterns;
  }
  return status;
}

bool IsSamePolicyStatus(const Json& a, const Json& b) {
  const auto without_times = [](Json status) {
    if (!status.is_object() || !status.contains("conditions")) return status;
    for (Json& condition : status["conditions"]) {
      if (condition.is_object()) condition.erase("lastTransitionTime");
    }
    return status;
  };
  return without_times(a) == without_times(b);
}

}  // namespace countersign::verifier

#include "verifier/policies/policy_status.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "kube/metadata.h"
#include "policy/sign_policy.h"

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
    const std::string problem = absl::StrCat(problems[i].path, ": ", problems[i].message);
    if (i > 0 && list.size() + problem.size() > kMaxMessageBytes) {
      return absl::StrCat(list, "; and ", problems.size() - i, " more");
    }
    absl::StrAppend(&list, i == 0 ? "" : "; ", problem);
  }
  return list;
}

Condition FindPlace(const std::vector<kube::Object>& policies, size_t index) {
  if (kube::NameOf(policies[index].json) != policy::kPolicyName) {
    return {.reason = "WrongName",
            .message = absl::StrCat("There is one ClusterImagePolicy, and its name must be \"",
                                    policy::kPolicyName,
                                    "\". This object is not used, and as long as it is there, no "
                                    "change of the policy takes effect. Delete it.")};
  }
  for (size_t other = 0; other < policies.size(); ++other) {
    if (other == index) continue;
    return {.reason = "NotTheOnlyOne",
            .message = absl::StrCat("There is another ClusterImagePolicy, \"",
                                    base::Printable(kube::NameOf(policies[other].json)),
                                    "\". As long as it is there, no change of this one takes "
                                    "effect. Delete the other.")};
  }
  return {};
}

Condition FindFaults(const absl::StatusOr<policy::ImagePolicy>& policy) {
  if (!policy.ok()) {
    return {.reason = "Invalid",
            .message = absl::StrCat("This object is not used, and the policy that was in force "
                                    "before it still is, if there was one: ",
                                    base::Printable(policy.status().message(), kMaxMessageBytes))};
  }
  if (!policy->problems().empty()) {
    return {.reason = "PartlyInvalid",
            .message = absl::StrCat("The rest is in force; images that need what cannot be used "
                                    "are denied. ",
                                    ListProblems(policy->problems()))};
  }
  return {.is_accepted = true, .reason = kAccepted, .message = "The policy is in force."};
}

// The stored conditions, or an empty list.
Json ConditionsOf(const Json& object) {
  const Json* status = base::FindMember(object, "status");
  const Json* conditions = status == nullptr ? nullptr : base::FindMember(*status, "conditions");
  return conditions != nullptr && conditions->is_array() ? *conditions : Json::array();
}

bool IsAcceptedCondition(const Json& condition) {
  return base::StringMember(condition, "type", "").value_or("") == kAccepted;
}

// The condition with the time of the stored one, if it says the same.
Json WriteCondition(const Condition& condition, int64_t generation, const Json& stored,
                    absl::Time now) {
  const char* const status = condition.is_accepted ? "True" : "False";
  std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone());
  if (base::StringMember(stored, "status", "").value_or("") == status) {
    const std::string since = base::StringMember(stored, "lastTransitionTime", "").value_or("");
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

Json BuildPolicyStatus(const std::vector<kube::Object>& policies, size_t index, absl::Time now) {
  const Json& object = policies[index].json;
  const absl::StatusOr<policy::ImagePolicy> policy = policy::ImagePolicy::FromObject(object);
  Condition own = FindPlace(policies, index);
  if (own.reason.empty()) own = FindFaults(policy);

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
  if (policy.ok()) {
    status["keys"] = policy->keys().size();
    status["images"] = policy->rules().size() + policy->broken_patterns().size();
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

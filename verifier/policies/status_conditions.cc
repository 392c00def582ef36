#include "verifier/policies/status_conditions.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/utc_seconds.h"
#include "kube/metadata.h"

namespace countersign::verifier {
namespace {

using base::Json;

// A condition's message may have 32 KiB; nobody reads so much.
constexpr size_t kMaxMessageBytes = 4 << 10;

// The stored conditions, or an empty list.
Json ConditionsOf(const Json& object) {
  const Json* status = base::FindMember(object, "status");
  const Json* conditions = status == nullptr ? nullptr : base::FindMember(*status, "conditions");
  return conditions != nullptr && conditions->is_array() ? *conditions : Json::array();
}

// The condition with the time of the stored one, if it says the same.
Json WriteCondition(const Condition& condition, ConditionForm form, const Json& object,
                    const Json& stored, absl::Time now) {
  const char* const status = condition.holds ? "True" : "False";
  std::string time = base::WriteUtcSeconds(now);
  if (base::FindString(stored, "status") == status) {
    const std::string since = base::FindString(stored, "lastTransitionTime");
    if (!since.empty()) time = since;
  }
  Json written = {
      {"type", condition.type}, {"status", status}, {"lastTransitionTime", std::move(time)}};
  const bool is_standard = form == ConditionForm::kStandard;
  if (is_standard || !condition.reason.empty()) written["reason"] = condition.reason;
  if (is_standard || !condition.message.empty()) written["message"] = condition.message;
  if (is_standard) written["observedGeneration"] = kube::GenerationOf(object);
  return written;
}

}  // namespace

Json WriteConditions(const Json& object, const std::vector<Condition>& own, ConditionForm form,
                     absl::Time now) {
  Json conditions = Json::array();
  std::vector<bool> is_written(own.size());
  for (const Json& stored : ConditionsOf(object)) {
    const std::string type = base::FindString(stored, "type");
    const auto found = std::find_if(
        own.begin(), own.end(), [&](const Condition& condition) { return condition.type == type; });
    const size_t index = found - own.begin();
    if (found == own.end()) {
      conditions.push_back(stored);
    } else if (!is_written[index]) {
      conditions.push_back(WriteCondition(*found, form, object, stored, now));
      is_written[index] = true;
    }
  }
  for (size_t i = 0; i < own.size(); ++i) {
    if (!is_written[i]) conditions.push_back(WriteCondition(own[i], form, object, Json(), now));
  }
  return conditions;
}

std::string ListProblems(const std::vector<policy::Problem>& problems) {
  std::string list;
  for (size_t i = 0; i < problems.size(); ++i) {
    const std::string problem = base::Printable(
        absl::StrCat(problems[i].pointer, ": ", problems[i].reason), kMaxMessageBytes);
    if (i > 0 && list.size() + problem.size() > kMaxMessageBytes) {
      return absl::StrCat(list, "; and ", problems.size() - i, " more");
    }
    absl::StrAppend(&list, i == 0 ? "" : "; ", problem);
  }
  return list;
}

bool IsSameStatus(const Json& a, const Json& b) {
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

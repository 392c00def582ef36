#include "policy/sigstore/check_rule.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "policy/sigstore/rule_advice.h"

namespace countersign::policy {
namespace {

// A rule of a type that Validate refuses is not told about twice.
bool IsKnown(const RuleSpec& rule) { return rule.type == "cue" || rule.type == "rego"; }

// What is missing.
std::string Missing(const RuleSpec& rule) {
  if (rule.data.empty()) {
    return absl::StrCat("nothing here fetches or evaluates programs, of ",
                        base::Printable(rule.type), " or others");
  }
  return absl::StrCat("nothing here evaluates programs in ", base::Printable(rule.type));
}

}  // namespace

void CheckAttestationRule(const RuleSpec& rule, std::string_view authority,
                          std::string_view attestation, const std::string& pointer,
                          std::vector<Finding>& findings) {
  if (!IsKnown(rule)) return;
  std::string reason = absl::StrCat(Missing(rule), ", so the authority cannot pass: ");
  const std::optional<std::vector<PlainCondition>> conditions =
      PlainConditionsOf(rule.type, rule.data);
  if (conditions.has_value()) {
    absl::StrAppend(&reason, "write PolicyOptions of the policy's name with spec.conditions: [",
                    ConditionsText(*conditions, authority, attestation),
                    "], which are false where a value is absent");
  } else {
    absl::StrAppend(&reason,
                    "write what it asks as spec.conditions of PolicyOptions of the "
                    "policy's name");
  }
  findings.push_back({pointer, std::move(reason)});
}

void CheckWholeRule(const RuleSpec& rule, const std::string& pointer,
                    std::vector<Finding>& findings) {
  if (!IsKnown(rule)) return;
  findings.push_back(
      {pointer,
       absl::StrCat(Missing(rule),
                    ", so the policy cannot hold: write PolicyOptions of the policy's name, with "
                    "spec.threshold for how many authorities must pass, and spec.conditions for "
                    "what their attestations must say")});
}

}  // namespace countersign::policy

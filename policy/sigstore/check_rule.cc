#include "policy/sigstore/check_rule.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "base/printable.h"
#include "policy/rules/cue_rule.h"
#include "policy/rules/rego_rule.h"
#include "policy/rules/translated_rule.h"

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

absl::StatusOr<TranslatedRule> Translate(const RuleSpec& rule) {
  return rule.type == "cue" ? TranslateCue(rule.data) : TranslateRego(rule.data);
}

// Whether the program is given what is no evidence.
bool IsOfMoreThanEvidence(const RuleSpec& rule) {
  return rule.fetches_config_file.value_or(false) || rule.includes_spec.value_or(false) ||
         rule.includes_object_meta.value_or(false) || rule.includes_type_meta.value_or(false);
}

// As members of `conditions`, in YAML, in a line.
std::string ConditionsText(const TranslatedRule& rule, std::string_view authority,
                           std::string_view attestation) {
  std::vector<std::string> texts;
  for (base::Json condition : rule.conditions) {
    condition["authority"] = authority;
    condition["attestation"] = attestation;
    texts.push_back(condition.dump(-1, ' ', true, base::Json::error_handler_t::replace));
  }
  return absl::StrJoin(texts, ", ");
}

}  // namespace

void CheckAttestationRule(const RuleSpec& rule, std::string_view authority,
                          std::string_view attestation, const std::string& pointer,
                          std::vector<Finding>& findings) {
  if (!IsKnown(rule)) return;
  std::string reason = absl::StrCat(Missing(rule), ", so the authority cannot pass: ");
  constexpr std::string_view kWhere = "spec.conditions of PolicyOptions of the policy's name";
  if (rule.data.empty()) {
    absl::StrAppend(&reason, "write what it asks as ", kWhere);
  } else if (const auto said = Translate(rule); said.ok()) {
    absl::StrAppend(&reason, "what it asks are these ", kWhere, ": [",
                    ConditionsText(*said, authority, attestation), "]");
    for (const std::string& note : said->notes) absl::StrAppend(&reason, "; ", note);
  } else {
    absl::StrAppend(&reason, "write what it asks as ", kWhere, "; that is not plain, as ",
                    said.status().message());
  }
  findings.push_back({pointer, std::move(reason)});
}

void CheckWholeRule(const RuleSpec& rule, const std::string& pointer,
                    std::vector<Finding>& findings) {
  if (!IsKnown(rule)) return;
  if (IsOfMoreThanEvidence(rule)) {
    findings.push_back(
        {pointer,
         absl::StrCat(Missing(rule),
                      ", so the policy cannot hold: it is given the image's configuration, or the "
                      "object, of which nothing is judged here: say that in a "
                      "ValidatingAdmissionPolicy of Kubernetes, and leave the rule out")});
    return;
  }
  findings.push_back(
      {pointer,
       absl::StrCat(Missing(rule),
                    ", so the policy cannot hold: write PolicyOptions of the policy's name, with "
                    "spec.threshold for how many authorities must pass, and spec.conditions for "
                    "what their attestations must say")});
}

}  // namespace countersign::policy

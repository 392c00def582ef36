#include "policy/sigstore/check_rule.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/printable.h"
#include "policy/rules/cue_rule.h"
#include "policy/rules/rego_rule.h"
#include "policy/rules/translated_rule.h"

namespace countersign::policy {
namespace {

// Of the conditions that say what a rule says.
constexpr size_t kMaxAdviceBytes = 2048;

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

// As members of `conditions`, in YAML, in a line; nullopt: that is more than a sentence bears.
std::optional<std::string> ConditionsText(const TranslatedRule& rule, std::string_view authority,
                                          std::string_view attestation) {
  if (authority.size() + attestation.size() > kMaxAdviceBytes) return std::nullopt;
  std::string text;
  for (base::Json condition : rule.conditions) {
    condition["authority"] = authority;
    condition["attestation"] = attestation;
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    condition.dump(-1, ' ', true, base::Json::error_handler_t::replace));
    if (text.size() > kMaxAdviceBytes) return std::nullopt;
  }
  return text;
}

// What says the same as the rule, if that is short, or why nothing does.
std::string AdviceFor(const RuleSpec& rule, std::string_view authority,
                      std::string_view attestation, size_t& translated) {
  constexpr std::string_view kWhere = "spec.conditions of PolicyOptions of the policy's name";
  const std::string write = absl::StrCat("write what it asks as ", kWhere);
  if (rule.data.empty() || translated == kMaxTranslatedRules) return write;
  ++translated;
  const absl::StatusOr<TranslatedRule> said = Translate(rule);
  if (!said.ok()) return absl::StrCat(write, "; that is not plain, as ", said.status().message());
  const std::optional<std::string> text = ConditionsText(*said, authority, attestation);
  if (!text.has_value()) return write;
  std::string advice = absl::StrCat("what it asks are these ", kWhere, ": [", *text, "]");
  for (const std::string& note : said->notes) absl::StrAppend(&advice, "; ", note);
  return advice;
}

}  // namespace

void CheckAttestationRule(const RuleSpec& rule, std::string_view authority,
                          std::string_view attestation, const std::string& pointer,
                          size_t& translated, std::vector<Finding>& findings) {
  if (!IsKnown(rule)) return;
  std::string reason = absl::StrCat(Missing(rule), ", so the authority cannot pass: ");
  absl::StrAppend(&reason, AdviceFor(rule, authority, attestation, translated));
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

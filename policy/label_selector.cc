#include "policy/label_selector.h"

#include <cstddef>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/dns_name.h"
#include "base/json_pointer.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

using base::JsonPointer;
using base::Quoted;

constexpr size_t kMaxNameBytes = 63;

// The name of a key without its prefix; a value, which may be empty.
bool IsLabelName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && absl::ascii_isalnum(text.front()) &&
         absl::ascii_isalnum(text.back()) && absl::c_all_of(text, [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

bool IsLabelKey(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return IsLabelName(key);
  return base::IsDnsSubdomain(key.substr(0, slash)) && IsLabelName(key.substr(slash + 1));
}

bool IsLabelValue(std::string_view value) { return value.empty() || IsLabelName(value); }

}  // namespace

std::variant<Problem, LabelSelector::Requirement> LabelSelector::CompileRequirement(
    const LabelRequirementSpec& spec, std::string_view pointer) {
  if (!IsLabelKey(spec.key)) {
    return Problem{JsonPointer(pointer, "key"),
                   absl::StrCat("no label has the key ", Quoted(spec.key))};
  }
  const bool has_values = spec.op == "In" || spec.op == "NotIn";
  if (!has_values && spec.op != "Exists" && spec.op != "DoesNotExist") {
    return Problem{JsonPointer(pointer, "operator"),
                   absl::StrCat(Quoted(spec.op), " is none of In, NotIn, Exists, DoesNotExist")};
  }
  if (has_values == spec.values.empty()) {
    return Problem{JsonPointer(pointer, "values"),
                   absl::StrCat(has_values ? "must not be empty" : "must be empty",
                                " with the operator ", spec.op)};
  }
  for (size_t i = 0; i < spec.values.size(); ++i) {
    if (IsLabelValue(spec.values[i])) continue;
    return Problem{JsonPointer(JsonPointer(pointer, "values"), i),
                   absl::StrCat("no label has the value ", Quoted(spec.values[i]))};
  }
  return Requirement{.key = spec.key,
                     .absent_holds = spec.op == "NotIn" || spec.op == "DoesNotExist",
                     .others_hold = spec.op == "NotIn" || spec.op == "Exists",
                     .values = {spec.values.begin(), spec.values.end()}};
}

std::variant<Problem, LabelSelector> LabelSelector::Compile(const LabelSelectorSpec& spec,
                                                            std::string_view pointer) {
  if (spec.broken.has_value()) return *spec.broken;
  LabelSelector selector;
  for (const auto& [key, value] : spec.match_labels) {
    if (!IsLabelKey(key) || !IsLabelValue(value)) {
      return Problem{JsonPointer(JsonPointer(pointer, "matchLabels"), key),
                     absl::StrCat("no label is ", Quoted(absl::StrCat(key, "=", value)))};
    }
    selector.requirements_.push_back({.key = key, .values = {value}});
  }
  const std::string expressions = JsonPointer(pointer, "matchExpressions");
  for (size_t i = 0; i < spec.match_expressions.size(); ++i) {
    auto compiled = CompileRequirement(spec.match_expressions[i], JsonPointer(expressions, i));
    if (auto* const problem = std::get_if<Problem>(&compiled)) return std::move(*problem);
    selector.requirements_.push_back(std::get<Requirement>(std::move(compiled)));
  }
  return selector;
}

bool LabelSelector::Matches(const std::map<std::string, std::string>& labels) const {
  return absl::c_all_of(requirements_, [&](const Requirement& requirement) {
    const auto label = labels.find(requirement.key);
    if (label == labels.end()) return requirement.absent_holds;
    return requirement.values.contains(label->second) != requirement.others_hold;
  });
}

}  // namespace countersign::policy

#include "policy/rules/translated_rule.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "policy/object_reader.h"
#include "policy/rules/condition.h"
#include "policy/rules/condition_reader.h"

namespace countersign::policy {

absl::Status AddCondition(const std::vector<std::string>& tokens, const std::string& op,
                          base::Json operand, bool negate, TranslatedRule& rule) {
  if (rule.conditions.size() == kMaxConditions) {
    return absl::InvalidArgumentError(
        absl::StrCat("it asks more than ", kMaxConditions, " conditions can"));
  }
  std::string path;
  for (const std::string& token : tokens) path = base::JsonPointer(path, token);
  base::Json condition = {{"path", path}, {op, std::move(operand)}};
  if (negate) condition["negate"] = true;
  // What a rule asks of one element is enough.
  if (std::find(tokens.begin(), tokens.end(), "[*]") != tokens.end()) {
    condition["quantifier"] = "any";
  }
  ObjectReader reader;
  const std::optional<Condition> read = ReadCondition(base::JsonPlace(condition), {}, reader);
  if (!read.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("what it asks of ", base::Quoted(path), " is no condition: ",
                     reader.problems().front().pointer, " ", reader.problems().front().reason));
  }
  rule.instructions += ProgramSize(*read);
  if (rule.instructions > kMaxRuleInstructions) {
    return absl::InvalidArgumentError("its regular expressions are too large together");
  }
  rule.conditions.push_back(std::move(condition));
  return absl::OkStatus();
}

}  // namespace countersign::policy

#include "policy/rules/translated_rule.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/json_pointer.h"
#include "base/printable.h"
#include "policy/object_reader.h"
#include "policy/rules/condition_reader.h"

namespace countersign::policy {

absl::StatusOr<base::Json> MakeCondition(const std::vector<std::string>& tokens,
                                         const std::string& op, base::Json operand, bool negate) {
  std::string path;
  for (const std::string& token : tokens) path = base::JsonPointer(path, token);
  base::Json condition = {{"path", path}, {op, std::move(operand)}};
  if (negate) condition["negate"] = true;
  // What a rule asks of one element is enough.
  if (std::find(tokens.begin(), tokens.end(), "[*]") != tokens.end()) {
    condition["quantifier"] = "any";
  }
  ObjectReader reader;
  if (ReadCondition(base::JsonPlace(condition), {}, reader).has_value()) return condition;
  return absl::InvalidArgumentError(
      absl::StrCat("what it asks of ", base::Quoted(path), " is no condition: ",
                   reader.problems().front().pointer, " ", reader.problems().front().reason));
}

}  // namespace countersign::policy

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "base/json_place.h"
#include "policy/object_reader.h"
#include "policy/rules/condition.h"
#include "policy/rules/condition_reader.h"
#include "policy/rules/unmet.h"

namespace countersign::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return !text.empty();
}

}  // namespace

// A condition, a line break, and the document that it is asked of. Invariants: sentences are printable
// and short; what a comparison says holds is not held by its opposite, too, and in no document is
// something both there and absent.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return 0;
  const auto json = base::ParseJson(text.substr(0, end));
  if (!json.ok()) return 0;
  ObjectReader reader;
  std::optional<Condition> condition = ReadCondition(base::JsonPlace(*json), {}, reader);
  Require(condition.has_value() == reader.problems().empty());
  if (!condition.has_value()) return 0;

  const std::string_view document = text.substr(end + 1);
  const absl::Time now = absl::FromUnixSeconds(1'767'225'600);
  const std::vector<Condition> conditions = {*condition};
  const std::vector<std::string> unmet = FindUnmet(conditions, document, now);
  Require(unmet.size() <= 1);
  for (const std::string& why : unmet) Require(IsPrintable(why) && why.size() < 1000);
  if (!condition->comparison.has_value() || condition->path.has_each()) return 0;

  std::vector<Condition> opposite = conditions;
  Comparison& comparison = *opposite.front().comparison;
  if (comparison.op == Operator::kExists) {
    comparison.exists = !comparison.exists;
  } else {
    comparison.negate = !comparison.negate;
  }
  Require(!unmet.empty() || !FindUnmet(opposite, document, now).empty());
  return 0;
}

}  // namespace countersign::policy

#include "policy/rules/condition.h"

#include <string>

namespace countersign::policy {

size_t ProgramSize(const Condition& condition) {
  size_t size = condition.comparison.has_value() ? ProgramSize(*condition.comparison) : 0;
  for (const WhereLine& line : condition.where) size += ProgramSize(line.comparison);
  return size;
}

bool IsInStatement(const DocumentPath& path) {
  if (path.tokens().empty()) return false;
  const std::string& first = path.tokens().front().name;
  return first == "_type" || first == "predicateType" || first == "subject" || first == "predicate";
}

}  // namespace countersign::policy

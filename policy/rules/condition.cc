#include "policy/rules/condition.h"

#include <string>

namespace countersign::policy {

bool IsInStatement(const DocumentPath& path) {
  if (path.tokens().empty()) return false;
  const std::string& first = path.tokens().front().name;
  return first == "_type" || first == "predicateType" || first == "subject" || first == "predicate";
}

}  // namespace countersign::policy

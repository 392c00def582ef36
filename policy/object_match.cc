#include "policy/object_match.h"

#include "policy/label_selector.h"

namespace countersign::policy {

bool ObjectMatch::Matches(const ObjectDescription& object) const {
  if (selector != nullptr && !selector->Matches(object.labels)) return false;
  if (is_any) return true;
  if (api_group != object.api_group) return false;
  if (!api_version.empty() && api_version != "*" && api_version != object.api_version) return false;
  return resource.empty() || resource == object.resource;
}

}  // namespace countersign::policy

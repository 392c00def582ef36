#ifndef COUNTERSIGN_POLICY_OBJECT_MATCH_H_
#define COUNTERSIGN_POLICY_OBJECT_MATCH_H_

#include <memory>
#include <string>

#include "policy/namespace_rule.h"

namespace countersign::policy {

class LabelSelector;  // policy/label_selector.h

// What an object is whose images are asked about.
struct ObjectDescription {
  std::string api_group;    // "" for the core group
  std::string api_version;  // "v1"
  std::string resource;     // the plural, in lower case
  Labels labels;            // its own, not its template's
};

// An entry of `spec.match` (policy.sigstore.dev): which objects a policy asks about.
struct ObjectMatch {
  std::string api_group;
  std::string api_version;  // "" and "*": any
  std::string resource;     // "": any of the group
  // Null: whatever labels it has.
  std::shared_ptr<const LabelSelector> selector;
  // Without group and resource too: every object.
  bool is_any = false;

  bool Matches(const ObjectDescription& object) const;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_OBJECT_MATCH_H_

#ifndef COUNTERSIGN_POLICY_SIGSTORE_MATCH_ENTRY_H_
#define COUNTERSIGN_POLICY_SIGSTORE_MATCH_ENTRY_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/label_selector.h"

namespace countersign::policy {

// One of `match`: which workloads a policy is for, by kind and by their own labels. "" is absent, or the
// core group.
struct MatchEntry {
  std::string group;
  std::string version;
  std::string resource;  // the plural, "deployments"
  std::optional<LabelSelectorSpec> selector;
  std::optional<Problem> broken;
};

MatchEntry ReadMatchEntry(const base::JsonPlace& place, std::vector<Problem>& problems);

// Adds what the Policy Controller has against it, where these are the resources that it takes. It does not
// look into the selector. Pure.
void ValidateMatchEntry(const MatchEntry& entry,
                        const std::set<std::string, std::less<>>& resources, std::string_view path,
                        FieldErrors& errors);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_MATCH_ENTRY_H_

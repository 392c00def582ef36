#ifndef COUNTERSIGN_POLICY_NAMESPACE_RULE_H_
#define COUNTERSIGN_POLICY_NAMESPACE_RULE_H_

#include <map>
#include <string>

namespace countersign::policy {

// Labels of an object or a namespace, by their names.
using Labels = std::map<std::string, std::string>;

// In which namespaces the policies of policy.sigstore.dev ask anything: an install value.
struct NamespaceRule {
  // Those with this label and value; or, if `is_opt_out`, all but those with that one.
  bool is_opt_out = false;
  std::string include_label = "policy.sigstore.dev/include";
  std::string exclude_label = "policy.sigstore.dev/exclude";
  std::string value = "true";

  // Whether they ask in a namespace with these labels.
  bool Includes(const Labels& labels) const {
    const auto found = labels.find(is_opt_out ? exclude_label : include_label);
    return (found != labels.end() && found->second == value) != is_opt_out;
  }

  friend bool operator==(const NamespaceRule&, const NamespaceRule&) = default;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_NAMESPACE_RULE_H_

#include "policy/moving/sigstore_objects.h"

#include <utility>

namespace countersign::policy {

using base::Json;

Json ClusterImagePolicyObject(const std::string& name, const std::vector<std::string>& globs,
                              Json authorities, std::string_view mode) {
  Json images = Json::array();
  for (const std::string& glob : globs) images.push_back({{"glob", glob}});
  return {
      {"apiVersion", "policy.sigstore.dev/v1beta1"},
      {"kind", "ClusterImagePolicy"},
      {"metadata", {{"name", name}}},
      {"spec",
       {{"images", std::move(images)}, {"authorities", std::move(authorities)}, {"mode", mode}}}};
}

Json PolicyOptionsObject(const std::string& name, Json spec) {
  return {{"apiVersion", "policy.countersign.dev/v1alpha1"},
          {"kind", "PolicyOptions"},
          {"metadata", {{"name", name}}},
          {"spec", std::move(spec)}};
}

Json NoMatchPolicyObject(std::string_view no_match_policy) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", "config-policy-controller"}, {"namespace", "cosign-system"}}},
          {"data", {{"no-match-policy", no_match_policy}}}};
}

}  // namespace countersign::policy

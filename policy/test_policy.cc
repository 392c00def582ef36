#include "policy/test_policy.h"

#include "absl/strings/str_cat.h"
#include "policy/compiled.h"
#include "policy/policy_identity.h"

namespace countersign::policy {

using base::Json;

TestPolicy& TestPolicy::Key(std::string_view name, std::string_view pem) {
  keys_.push_back({{"name", name}, {"publicKey", pem}});
  return *this;
}

TestPolicy& TestPolicy::Rule(std::string_view pattern, const std::vector<std::string>& keys,
                             const std::optional<SecretReference>& secret) {
  Json rule = {{"namePattern", pattern}, {"keys", Json::array()}};
  for (const std::string& key : keys) rule["keys"].push_back({{"name", key}});
  if (secret) {
    rule["secretRef"] = {{"name", secret->name}, {"namespace", secret->secret_namespace}};
  }
  images_.push_back(std::move(rule));
  return *this;
}

TestPolicy& TestPolicy::ExcludeNamespace(std::string_view name) {
  namespaces_.push_back(name);
  return *this;
}

Json TestPolicy::Object() const {
  return {{"apiVersion", absl::StrCat(kPolicyGroup, "/", kPolicyVersion)},
          {"kind", kPolicyKind},
          {"metadata", {{"name", kPolicyName}}},
          {"spec",
           {{"verification",
             {{"keys", keys_},
              {"images", images_},
              {"exclude", {{"resources", {{"namespaces", namespaces_}}}}}}}}}};
}

PoliciesPtr TestPolicy::Build() const {
  const Json object = Object();
  return CompilePolicies({.sign = {&object}}).policies;
}

}  // namespace countersign::policy

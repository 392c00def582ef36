#ifndef COUNTERSIGN_POLICY_TEST_POLICY_H_
#define COUNTERSIGN_POLICY_TEST_POLICY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/policies.h"
#include "policy/secret_reference.h"

namespace countersign::policy {

// Makes ClusterImagePolicies in memory, for tests only:
//   TestPolicy().Key("a", key.PublicPem()).Rule("*", {"a"}).Build()
class TestPolicy {
 public:
  TestPolicy& Key(std::string_view name, std::string_view pem);
  TestPolicy& Rule(std::string_view pattern, const std::vector<std::string>& keys,
                   const std::optional<SecretReference>& secret = std::nullopt);
  TestPolicy& ExcludeNamespace(std::string_view name);

  // The object, as an API server would give it.
  base::Json Object() const;
  // What it compiles to, which must be something; it may have problems.
  PoliciesPtr Build() const;

 private:
  base::Json keys_ = base::Json::array();
  base::Json images_ = base::Json::array();
  base::Json namespaces_ = base::Json::array();
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_TEST_POLICY_H_

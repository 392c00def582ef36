#include "verifier/policies/policy_list.h"

#include <utility>

namespace countersign::verifier {

PolicyList CompileList(std::vector<kube::Object> objects) {
  policy::PolicyObjects policies;
  for (const kube::Object& object : objects) policies.sign.push_back(&object.json);
  auto compiled = std::make_shared<const policy::Compiled>(policy::CompilePolicies(policies));
  return {.objects = std::move(objects), .compiled = std::move(compiled)};
}

}  // namespace countersign::verifier

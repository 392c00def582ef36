#include "verifier/credentials/credential_scope.h"

#include <vector>

#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

TEST(CredentialScope, KeysOfDifferentScopesDiffer) {
  const std::vector<CredentialScope> scopes = {
      {},
      {.workload_namespace = "a"},
      {.service_account = "a"},
      {.workload_namespace = "a", .service_account = "b"},
      {.workload_namespace = "a", .image_pull_secrets = {"b"}},
      {.workload_namespace = "a", .image_pull_secrets = {"b", "c"}},
      {.workload_namespace = "a", .image_pull_secrets = {"b,1:c"}},
      {.workload_namespace = "a", .policy_secrets = {{"b", "c"}}},
      {.workload_namespace = "a", .image_pull_secrets = {"b"}, .policy_secrets = {{"b", "c"}}},
  };
  for (size_t i = 0; i < scopes.size(); ++i) {
    for (size_t j = 0; j < scopes.size(); ++j)
      EXPECT_EQ(scopes[i].Key() == scopes[j].Key(), i == j) << i << " " << j;
  }
}

}  // namespace
}  // namespace countersign::verifier

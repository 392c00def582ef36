#include "verifier/policies/named_registries.h"

#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

TEST(NamedRegistries, AreThoseOfThePoliciesInForce) {
  PolicyStore store;
  const NamedRegistries named(&store);
  EXPECT_FALSE(named.Contains("ghcr.io"));
  store.Set(policy::TestPolicy().Rule("ghcr.io/*", {}).Build());
  EXPECT_TRUE(named.Contains("ghcr.io"));
  EXPECT_FALSE(named.Contains("quay.io"));
  store.Set(policy::TestPolicy().Rule("quay.io/*", {}).Build());
  EXPECT_FALSE(named.Contains("ghcr.io"));
  EXPECT_TRUE(named.Contains("quay.io"));
}

}  // namespace
}  // namespace countersign::verifier

#include "verifier/policies/named_registries.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(NamedRegistries, AreThoseOfThePoliciesInForce) {
  PolicyStore store;
  NamedRegistries registries(&store);
  EXPECT_EQ(registries.Find("a.example.org"), std::nullopt);
  store.Set(policy::TestPolicy().Rule("a.example.org/*", {}).Build());
  EXPECT_THAT(registries.Find("a.example.org:443"), Optional(Eq("a.example.org")));
  EXPECT_EQ(registries.Find("b.example.org"), std::nullopt);
  store.Set(policy::TestPolicy().Rule("b.example.org/*", {}).Build());
  EXPECT_EQ(registries.Find("a.example.org"), std::nullopt);
  EXPECT_THAT(registries.Find("b.example.org"), Optional(Eq("b.example.org")));
}

TEST(NamedRegistries, StayWhileThePolicyCannotBeRead) {
  PolicyStore store;
  NamedRegistries registries(&store);
  store.Set(policy::TestPolicy().Rule("a.example.org/*", {}).Build());
  store.SetUnreadable(absl::UnavailableError("away"));
  EXPECT_THAT(registries.Find("a.example.org"), Optional(Eq("a.example.org")));
}

}  // namespace
}  // namespace countersign::verifier

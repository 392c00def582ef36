#include "verifier/policies/named_registries.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

policy::TestPolicy Rules(const std::vector<std::string>& patterns) {
  policy::TestPolicy policy;
  for (const std::string& pattern : patterns) policy.Rule(pattern, {});
  return policy;
}

TEST(FindNamedRegistries, AreHostsThatStandInPatternsWithoutAStar) {
  EXPECT_THAT(FindNamedRegistries(*Rules({"R.example.org:5000/team/*", "docker.io/library/*",
                                          "*.example.org/x", "*", "team/app", "ghcr.io/*"})
                                       .Build(),
                                  10),
              ElementsAre("ghcr.io", "index.docker.io", "r.example.org:5000"));
}

TEST(FindNamedRegistries, AndInGlobs) {
  const policy::PoliciesPtr policies =
      policy::TestSigstorePolicies()
          .Add("cip", {"ghcr.io/team/**", "**", "gcr.*/x", "*"}, {})
          .Build();
  EXPECT_THAT(FindNamedRegistries(*policies, 10), ElementsAre("ghcr.io"));
}

TEST(FindNamedRegistries, AreBounded) {
  std::vector<std::string> patterns;
  for (int i = 0; i < 100; ++i) patterns.push_back(absl::StrCat("r", i, ".example.org/*"));
  EXPECT_THAT(FindNamedRegistries(*Rules(patterns).Build(), 7), SizeIs(7));
  EXPECT_THAT(FindNamedRegistries(*policy::Policies::None(), 7), IsEmpty());
}

TEST(NamedRegistries, AreThoseOfThePoliciesInForce) {
  PolicyStore store;
  const NamedRegistries named(&store);
  EXPECT_FALSE(named.Contains("ghcr.io"));
  store.Set(Rules({"ghcr.io/*"}).Build());
  EXPECT_TRUE(named.Contains("ghcr.io"));
  EXPECT_FALSE(named.Contains("quay.io"));
  store.Set(Rules({"quay.io/*"}).Build());
  EXPECT_FALSE(named.Contains("ghcr.io"));
  EXPECT_TRUE(named.Contains("quay.io"));
}

}  // namespace
}  // namespace countersign::verifier

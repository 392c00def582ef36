#include "policy/registries_named.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TestPolicy Rules(const std::vector<std::string>& patterns) {
  TestPolicy policy;
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
  const PoliciesPtr policies =
      TestSigstorePolicies().Add("cip", {"ghcr.io/team/**", "**", "gcr.*/x", "*"}, {}).Build();
  EXPECT_THAT(FindNamedRegistries(*policies, 10), ElementsAre("ghcr.io"));
}

TEST(FindNamedRegistries, AreBounded) {
  std::vector<std::string> patterns;
  for (int i = 0; i < 100; ++i) patterns.push_back(absl::StrCat("r", i, ".example.org/*"));
  EXPECT_THAT(FindNamedRegistries(*Rules(patterns).Build(), 7), SizeIs(7));
  EXPECT_THAT(FindNamedRegistries(*Policies::None(), 7), IsEmpty());
}

}  // namespace
}  // namespace countersign::policy

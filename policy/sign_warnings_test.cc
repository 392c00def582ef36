#include "policy/sign_warnings.h"

#include <string>
#include <vector>

#include "base/json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::countersign::base::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> WarningsOf(const TestPolicy& policy) {
  const Json object = policy.Object();
  return SignWarnings(CompilePolicies({.sign = {&object}}));
}

std::string GoodPem() { return crypto::TestKey::Generate().PublicPem(); }

TEST(SignWarnings, AGoodPolicyHasNone) {
  EXPECT_THAT(WarningsOf(TestPolicy()
                             .Key("release", GoodPem())
                             .Rule("registry.example.org/*", {"release"},
                                   SecretReference{"shop", "regcred"})
                             .ExcludeNamespace("kube-system")),
              IsEmpty());
}

TEST(SignWarnings, WhereSomethingIsWrongOrThereIsNothingThereIsNone) {
  EXPECT_THAT(
      WarningsOf(TestPolicy().Key("a", GoodPem()).Key("b", "no PEM").Rule("nginx.io", {"b"})),
      IsEmpty());
  Json object = TestPolicy().Object();
  object["metadata"]["name"] = "second";
  EXPECT_THAT(SignWarnings(CompilePolicies({.sign = {&object}})), IsEmpty());
  EXPECT_THAT(SignWarnings(CompilePolicies({})), IsEmpty());
}

TEST(SignWarnings, TellOfAKeyThatNoPatternNames) {
  EXPECT_THAT(WarningsOf(TestPolicy().Key("a", GoodPem()).Key("b", GoodPem()).Rule("*", {"b"})),
              ElementsAre("The key \"a\" is named by no pattern."));
}

TEST(SignWarnings, TellOfAPolicyWithoutPatterns) {
  EXPECT_THAT(WarningsOf(TestPolicy()), ElementsAre(HasSubstr("has no name patterns")));
}

TEST(SignWarnings, TellOfAPatternThatReadsLikeARegistry) {
  for (const std::string pattern :
       {"registry.example.org", "*.example.org", "localhost:5000", "registry.example.org:5000"}) {
    EXPECT_THAT(WarningsOf(TestPolicy().Key("a", GoodPem()).Rule(pattern, {"a"})),
                ElementsAre(HasSubstr("is the name of an image of Docker Hub")))
        << pattern;
  }
  for (const std::string pattern : {"nginx", "nginx:1.2", "*", "*:1.2", "me/app.x",
                                    "registry.example.org/*", "nginx@sha256:*"}) {
    EXPECT_THAT(WarningsOf(TestPolicy().Key("a", GoodPem()).Rule(pattern, {"a"})), IsEmpty())
        << pattern;
  }
}

}  // namespace
}  // namespace countersign::policy

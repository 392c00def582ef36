#include "policy/policies.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string& Pem() {
  static const std::string* const pem = new std::string(crypto::TestKey::Generate().PublicPem());
  return *pem;
}

oci::ImageReference Image(std::string_view text) {
  return oci::ImageReference::Parse(text).value();
}

std::vector<std::string> NamesOf(const std::vector<const Policy*>& policies) {
  std::vector<std::string> names;
  for (const Policy* policy : policies) names.push_back(policy->name);
  return names;
}

TEST(Policies, ThatThereAreNoneIsNotNull) {
  ASSERT_NE(Policies::None(), nullptr);
  EXPECT_TRUE(Policies::None()->IsNone());
  EXPECT_THAT(Policies::None()->Matching(Image("nginx")), IsEmpty());
  // A policy without patterns is one.
  EXPECT_FALSE(TestPolicy().Build()->IsNone());
}

TEST(Policies, ThoseThatMatchAreFoundInTheirOrder) {
  const PoliciesPtr policies = TestPolicy()
                                   .Rule("*/app", {})
                                   .Rule("r.io/team/*", {})
                                   .Rule("other.io/*", {})
                                   .Rule("r.io/*", {})
                                   .Rule("r.io/*:v1", {})
                                   .Build();
  EXPECT_THAT(NamesOf(policies->Matching(Image("r.io/team/app:v2"))),
              ElementsAre("*/app", "r.io/team/*", "r.io/*"));
  EXPECT_THAT(policies->Matching(Image("third.io/x")), IsEmpty());
}

// Ten thousand patterns cost an image what a few cost.
TEST(Policies, EverybodyElsesAreNotLookedAt) {
  TestPolicy many;
  for (int i = 0; i < 10'000; ++i) many.Rule(absl::StrCat("r.io/team-", i, "/*"), {});
  many.Rule("*/web", {});
  const PoliciesPtr policies = many.Build();
  ASSERT_THAT(policies->all(), SizeIs(10'001));
  EXPECT_THAT(NamesOf(policies->MayMatch(Image("r.io/team-7/app").repository())),
              ElementsAre("r.io/team-7/*", "*/web"));
}

TEST(Policies, TheIdIsThatOfWhatDecides) {
  const auto policy = [] {
    return TestPolicy()
        .Key("a", Pem())
        .Key("bad", "no PEM")
        .Rule("r.io/*", {"a", "unknown"}, SecretReference{"shop", "regcred"})
        .ExcludeNamespace("build")
        .ExcludeNamespace("kube-system");
  };
  const std::string id = policy().Build()->id();
  EXPECT_THAT(id, SizeIs(32));
  EXPECT_EQ(policy().Build()->id(), id);
  TestPolicy other_order = TestPolicy()
                               .Key("a", Pem())
                               .Key("bad", "no PEM")
                               .Rule("r.io/*", {"a", "unknown"}, SecretReference{"shop", "regcred"})
                               .ExcludeNamespace("kube-system")
                               .ExcludeNamespace("build");
  EXPECT_EQ(other_order.Build()->id(), id);
  const std::vector<TestPolicy> others = {
      policy().Key("b", Pem()),
      policy().Rule("r.io/*", {"a"}),
      policy().Rule("a b", {"a"}),
      policy().ExcludeNamespace("other"),
      TestPolicy(),
      TestPolicy().Key("a", Pem()).Rule("r.io/*", {"a"}),
      TestPolicy().Key("a", Pem()).Rule("r.io/*", {"a"}, SecretReference{"shop", "other"}),
      TestPolicy().Key("a", crypto::TestKey::Generate().PublicPem()).Rule("r.io/*", {"a"}),
  };
  for (size_t i = 0; i < others.size(); ++i) {
    EXPECT_NE(others[i].Build()->id(), id) << i;
    for (size_t j = 0; j < i; ++j) EXPECT_NE(others[i].Build()->id(), others[j].Build()->id());
  }
  EXPECT_NE(Policies::None()->id(), TestPolicy().Build()->id());
}

}  // namespace
}  // namespace countersign::policy

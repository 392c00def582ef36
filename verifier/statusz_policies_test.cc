#include "verifier/statusz_policies.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/test_policy.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Texts(const http::HtmlRow& row) {
  std::vector<std::string> texts;
  for (const http::HtmlCell& cell : row) texts.push_back(cell.text);
  return texts;
}

TEST(PolicyTable, HasAPatternOfTheSignPolicyInEachRow) {
  const policy::PoliciesPtr policies = policy::TestPolicy()
                                           .Key("a", "no key")
                                           .Key("b", "no key")
                                           .Rule("r.example/*", {"a", "b"})
                                           .Build();
  const http::HtmlTable table = PolicyTable(*policies, 10);
  ASSERT_THAT(table.rows, SizeIs(1));
  EXPECT_THAT(Texts(table.rows[0]), ElementsAre("signing.apps.tanzu.vmware.com", "r.example/*",
                                                "r.example/*", "1 of 2 authorities", "deny"));
}

TEST(PolicyTable, HasWhatAPolicyOfSigstoreSaysBesides) {
  const absl::Time until = absl::FromUnixSeconds(1'700'000'000);
  const policy::PoliciesPtr policies =
      policy::TestSigstorePolicies()
          .Add("cip", {"ghcr.io/team/**", "quay.io/**"}, {policy::StaticAuthority(true)},
               {.mode = policy::Mode::kWarn, .effective_until = until})
          .Build();
  EXPECT_THAT(Texts(PolicyTable(*policies, 10).rows.at(0)),
              ElementsAre("policy.sigstore.dev", "cip", "ghcr.io/team/**  quay.io/**",
                          "1 of 1 authority", "warn until 2023-11-14T22:13:20Z"));
}

TEST(PolicyTable, IsBounded) {
  policy::TestPolicy policy;
  for (int i = 0; i < 20; ++i) policy.Rule(absl::StrCat("r.example/", i), {});
  EXPECT_THAT(PolicyTable(*policy.Build(), 7).rows, SizeIs(7));
}

TEST(PolicyProblems, SayWhichPatternsAndKeysCannotBeUsed) {
  const policy::PoliciesPtr policies = policy::TestPolicy()
                                           .Key("a", "no key")
                                           .Rule("https://r.example/*", {"a"})
                                           .Rule("r.example/*", {"a"})
                                           .Build();
  EXPECT_THAT(PolicyProblems(*policies, 10),
              ElementsAre(HasSubstr("signing.apps.tanzu.vmware.com: /spec/verification/images/0"),
                          HasSubstr("signing.apps.tanzu.vmware.com: authority a: ")));
  EXPECT_EQ(CountProblems(*policies), 2);
  EXPECT_THAT(PolicyProblems(*policies, 1), SizeIs(1));
}

TEST(PolicyProblems, SayWhatOfAPolicyOfSigstoreCannotBeUsed) {
  const policy::PoliciesPtr policies =
      policy::TestSigstorePolicies()
          .Add("cip", {"[", "ghcr.io/**"},
               {policy::MakeAuthority({.name = "k", .asks = policy::Broken{"there is no Secret"}})},
               {.broken = policy::Broken{"an option cannot be read"}})
          .Build();
  EXPECT_THAT(PolicyProblems(*policies, 10),
              ElementsAre("policy.sigstore.dev cip: an option cannot be read",
                          HasSubstr("policy.sigstore.dev cip: glob is invalid"),
                          "policy.sigstore.dev cip: authority k: there is no Secret"));
  EXPECT_THAT(PolicyTable(*policies, 10).rows.at(0)[2].text,
              HasSubstr("and every image, as a glob cannot be read"));
}

TEST(PolicyProblems, WhereNothingIsWrongThereAreNone) {
  EXPECT_THAT(PolicyProblems(*policy::Policies::None(), 10), IsEmpty());
  EXPECT_EQ(CountProblems(*policy::Policies::None()), 0);
}

}  // namespace
}  // namespace countersign::verifier

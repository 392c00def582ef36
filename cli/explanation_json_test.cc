#include "cli/explanation_json.h"

#include <memory>
#include <string_view>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/explanation.h"
#include "policy/test_sigstore_policies.h"

namespace countersign::cli {
namespace {

using base::Json;
using policy::TestSigstorePolicies;

Json Explain(const TestSigstorePolicies& policies, std::string_view name) {
  const policy::Workload workload = {.workload_namespace = "shop",
                                     .namespace_labels = std::make_shared<const policy::Labels>(
                                         policy::Labels{{"policy.sigstore.dev/include", "true"}})};
  const oci::ImageReference image = oci::ImageReference::Parse(name).value();
  const std::string text =
      WriteJson(policy::Explain(policies.Build(), workload, image), workload, image);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  return base::ParseJson(text).value();
}

TEST(ExplanationJson, SaysWhatMustHoldAndWhereThatIsLookedFor) {
  TestSigstorePolicies policies;
  policies.Add("shop", {"r.io/**"}, {policy::KeyAuthority("release")});
  const Json report = Explain(policies, "r.io/web:1");
  EXPECT_EQ(report["image"], "r.io/web:1");
  EXPECT_EQ(report["namespace"], "shop");
  EXPECT_EQ(report["prospect"], "evidence");
  EXPECT_EQ(report["clauses"].size(), 1u);
  const Json& clause = report["clauses"][0];
  EXPECT_EQ(clause["mode"], "enforce");
  EXPECT_EQ(clause["standing"], "open");
  EXPECT_EQ(clause["anyOf"][0]["policy"], "shop");
  EXPECT_EQ(clause["anyOf"][0]["covers"], true);
  EXPECT_EQ(clause["anyOf"][0]["matches"][0]["text"], "r.io/**");
  EXPECT_EQ(clause["anyOf"][0]["authorities"][0]["name"], "release");
  EXPECT_EQ(report["noMatch"], nullptr);
  EXPECT_EQ(report["places"][0][0]["tag"], "sha256-<digest>.sig");
  EXPECT_EQ(report["places"][1][0]["what"], "referrers");
  EXPECT_EQ(report["silent"], Json::array());
  EXPECT_EQ(report["near"], Json::array());
}

TEST(ExplanationJson, SaysWhyItIsDenied) {
  TestSigstorePolicies policies;
  policies.Add("shop", {"r.io/*"}, {policy::KeyAuthority("release")});
  const Json report = Explain(policies, "r.io/shop/web:1");
  EXPECT_EQ(report["prospect"], "denied");
  EXPECT_EQ(report["reasons"].size(), 1u);
  EXPECT_EQ(report["noMatch"], "deny");
  EXPECT_EQ(report["places"], Json::array());
  EXPECT_EQ(report["near"][0]["wouldMatch"], "r.io/**");
  EXPECT_EQ(report["areMoreNear"], false);
}

TEST(ExplanationJson, TakesWhateverIsInPolicies) {
  TestSigstorePolicies policies;
  policies.Add("a\xff", {"**"}, {policy::StaticAuthority(true)});
  EXPECT_EQ(Explain(policies, "r.io/web")["prospect"], "allowed");
}

}  // namespace
}  // namespace countersign::cli

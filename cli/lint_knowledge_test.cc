#include "cli/lint_knowledge.h"

#include <vector>

#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::Json;

policy::ReviewSettings Knowledge(const std::vector<Json>& objects) {
  std::vector<const Json*> pointers;
  for (const Json& object : objects) pointers.push_back(&object);
  return LintKnowledge({}, pointers);
}

Json ConfigMap(const Json& data) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", "config-policy-controller"}}},
          {"data", data}};
}

TEST(LintKnowledge, HasEveryKeyAndTakesWhatTheConfigMapSays) {
  EXPECT_TRUE(Knowledge({}).check.has_every_kms_key);
  EXPECT_TRUE(Knowledge({}).validation.fails_on_empty_authorities);
  EXPECT_FALSE(Knowledge({ConfigMap({{"fail-on-empty-authorities", "false"}})})
                   .validation.fails_on_empty_authorities);
  EXPECT_TRUE(Knowledge({ConfigMap({{"fail-on-empty-authorities", "perhaps"}})})
                  .validation.fails_on_empty_authorities);
  EXPECT_TRUE(Knowledge({ConfigMap(7)}).validation.fails_on_empty_authorities);
}

TEST(LintKnowledge, TakesTheConfigMapOfTheInstallationAlone) {
  const auto fails = [](const Json& name, const Json& its_namespace) {
    Json map = ConfigMap({{"fail-on-empty-authorities", "false"}});
    map["metadata"] = {{"name", name}, {"namespace", its_namespace}};
    return Knowledge({map}).validation.fails_on_empty_authorities;
  };
  EXPECT_FALSE(fails("config-policy-controller", "cosign-system"));
  EXPECT_FALSE(fails("config-policy-controller", nullptr));
  EXPECT_TRUE(fails("config-policy-controller", "default"));
  EXPECT_TRUE(fails("config-policy-controller", 7));
  EXPECT_TRUE(fails("another", "cosign-system"));

  const Json map = {{"kind", "ConfigMap"},
                    {"metadata", {{"name", "config-policy-controller"}, {"namespace", "mine"}}},
                    {"data", {{"fail-on-empty-authorities", "false"}}}};
  policy::ReviewSettings settings;
  settings.validation.installation = "mine";
  EXPECT_FALSE(LintKnowledge(settings, {&map}).validation.fails_on_empty_authorities);
}

TEST(LintKnowledge, SaysNothingOfTrustRootsThatCannotBeRead) {
  const Json broken = {{"apiVersion", "policy.sigstore.dev/v1alpha1"},
                       {"kind", "TrustRoot"},
                       {"metadata", {{"name", "x"}}},
                       {"spec", {{"sigstoreKeys", 7}}}};
  const Json remote = {{"apiVersion", "policy.sigstore.dev/v1alpha1"},
                       {"kind", "TrustRoot"},
                       {"metadata", {{"name", "y"}}},
                       {"spec", {{"remote", {{"mirror", "https://m.example"}, {"root", "e30="}}}}}};
  EXPECT_TRUE(Knowledge({broken, remote, Json()}).check.trust_roots.empty());
}

}  // namespace
}  // namespace countersign::cli

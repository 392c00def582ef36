#include "cli/lint_knowledge.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "cosign/test_sigstore_json.h"
#include "gtest/gtest.h"
#include "policy/sigstore/check_settings.h"
#include "policy/sigstore/review_settings.h"
#include "policy/sigstore/trust_root_fixture.h"

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

// Of a TrustRoot of that spec which is the only object; nullopt: nothing is said of it.
std::optional<policy::TrustRootAbilities> AbilitiesOf(Json spec) {
  const policy::ReviewSettings settings = Knowledge({policy::TrustRootObject(std::move(spec))});
  const auto found = settings.check.trust_roots.find("mine");
  if (found == settings.check.trust_roots.end()) return std::nullopt;
  return found->second;
}

// ValidKeys without that member.
Json KeysWithout(const std::string& member) {
  Json keys = policy::ValidKeys();
  keys.erase(member);
  return keys;
}

// The spec of a repository whose target is the root with these keys.
Json PackedSpec(const Json& keys) {
  return policy::RepositorySpec(
      policy::RepositoryOf(cosign::TestTrustedRootJson(*policy::RootOf(keys)).dump()));
}

TEST(LintKnowledge, HasWhatTrustRootsState) {
  const auto all = AbilitiesOf(policy::KeysSpec(policy::ValidKeys()));
  ASSERT_TRUE(all.has_value());
  EXPECT_TRUE(all->has_logs);
  EXPECT_TRUE(all->has_timestamp_authorities);
  const auto no_logs = AbilitiesOf(policy::KeysSpec(KeysWithout("tLogs")));
  ASSERT_TRUE(no_logs.has_value());
  EXPECT_FALSE(no_logs->has_logs);
  EXPECT_TRUE(no_logs->has_timestamp_authorities);
}

TEST(LintKnowledge, HasWhatTargetsOfPackedRepositoriesHave) {
  const auto all = AbilitiesOf(PackedSpec(policy::ValidKeys()));
  ASSERT_TRUE(all.has_value());
  EXPECT_TRUE(all->has_logs);
  EXPECT_TRUE(all->has_timestamp_authorities);
  const auto no_authorities = AbilitiesOf(PackedSpec(KeysWithout("timestampAuthorities")));
  ASSERT_TRUE(no_authorities.has_value());
  EXPECT_TRUE(no_authorities->has_logs);
  EXPECT_FALSE(no_authorities->has_timestamp_authorities);
}

TEST(LintKnowledge, SaysNothingOfTrustRootsThatCannotBeRead) {
  Json damaged = PackedSpec(policy::ValidKeys());
  damaged["repository"]["mirrorFS"] = policy::Base64("no archive");
  const std::vector<Json> specs = {policy::KeysSpec(7), damaged,
                                   policy::RemoteSpec({}, "https://m.example")};
  for (const Json& spec : specs) EXPECT_FALSE(AbilitiesOf(spec).has_value()) << spec;
  EXPECT_TRUE(Knowledge({Json()}).check.trust_roots.empty());
}

}  // namespace
}  // namespace countersign::cli

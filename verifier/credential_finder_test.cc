#include "verifier/credential_finder.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_api.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const oci::Repository kRepository = {"registry.example.org", "shop/app"};

kube::Secret PullSecret(const std::string& username,
                        const std::string& registry = "registry.example.org") {
  const base::Json config = {
      {"auths", {{registry, {{"username", username}, {"password", "secret-of-" + username}}}}}};
  return {.type = "kubernetes.io/dockerconfigjson", .data = {{".dockerconfigjson", config.dump()}}};
}

kube::ServiceAccount AccountWith(std::vector<std::string> secrets) {
  kube::ServiceAccount account;
  account.image_pull_secrets = std::move(secrets);
  return account;
}

// "USER from SOURCE" for each credential, in order.
std::vector<std::string> WalkAll(const CredentialFinder& finder, const CredentialScope& scope,
                                 std::vector<std::string>* faults = nullptr) {
  CredentialFinder::Walk walk = finder.Find(scope, kRepository);
  std::vector<std::string> found;
  while (auto next = walk.Next(absl::InfiniteFuture())) {
    found.push_back(absl::StrCat(next->credential.username, " from ", next->source));
  }
  if (faults != nullptr) *faults = walk.faults();
  return found;
}

TEST(CredentialFinder, GoesThroughTheSourcesInOrderAndEndsAnonymously) {
  kube::FakeApi api;
  api.PutSecret("shop", "own", PullSecret("own"));
  api.PutSecret("shop", "account", PullSecret("account"));
  api.PutServiceAccount("shop", "builder", AccountWith({"account"}));
  api.PutSecret("policies", "policy", PullSecret("policy"));
  api.PutSecret("image-policy-system", "deployment", PullSecret("deployment"));
  api.PutServiceAccount("image-policy-system", "image-policy-registry-credentials",
                        AccountWith({"deployment"}));
  const CredentialFinder finder(
      &api,
      {.local = LocalCredentials{.source = "config.json", .find = [](const oci::Repository&) {
                                   return std::vector<registry::Credential>{{.username = "local"}};
                                 }}});
  const CredentialScope scope = {.workload_namespace = "shop",
                                 .service_account = "builder",
                                 .image_pull_secrets = {"own"},
                                 .policy_secrets = {{"policies", "policy"}}};
  EXPECT_THAT(
      WalkAll(finder, scope),
      ElementsAre(
          "local from config.json", "own from imagePullSecret shop/own",
          "account from imagePullSecret shop/account of service account shop/builder",
          "policy from the policy's secretRef policies/policy",
          "deployment from imagePullSecret image-policy-system/deployment of service account "
          "image-policy-system/image-policy-registry-credentials",
          " from anonymous"));
}

TEST(CredentialFinder, UsesTheDefaultServiceAccountWhereNoneIsNamed) {
  kube::FakeApi api;
  api.PutSecret("shop", "regcred", PullSecret("robot"));
  api.PutServiceAccount("shop", "default", AccountWith({"regcred"}));
  const CredentialFinder finder(&api, {});
  EXPECT_THAT(
      WalkAll(finder, {.workload_namespace = "shop"}),
      ElementsAre(
          HasSubstr("robot from imagePullSecret shop/regcred of service account shop/default"),
          " from anonymous"));
}

TEST(CredentialFinder, ReadsNoWorkloadsCredentialsWithoutANamespace) {
  kube::FakeApi api;
  api.PutSecret("", "own", PullSecret("own"));
  const CredentialFinder finder(&api, {});
  EXPECT_THAT(WalkAll(finder, {.image_pull_secrets = {"own"}}), ElementsAre(" from anonymous"));
}

TEST(CredentialFinder, PassesOverSourcesThatGiveNothingAndSaysSo) {
  kube::FakeApi api;
  api.PutSecret("shop", "opaque", {.type = "Opaque", .data = {{"password", "hunter2"}}});
  api.PutSecret(
      "shop", "broken",
      {.type = "kubernetes.io/dockerconfigjson", .data = {{".dockerconfigjson", "{hunter2"}}});
  api.PutSecret("shop", "empty", {.type = "kubernetes.io/dockercfg", .data = {}});
  api.PutSecret("shop", "elsewhere", PullSecret("nobody", "other.example.org"));
  api.PutSecret("shop", "good", PullSecret("good"));
  const CredentialFinder finder(&api, {});
  std::vector<std::string> faults;
  EXPECT_THAT(
      WalkAll(finder,
              {.workload_namespace = "shop",
               .image_pull_secrets = {"absent", "opaque", "broken", "empty", "elsewhere", "good"}},
              &faults),
      ElementsAre("good from imagePullSecret shop/good", " from anonymous"));
  EXPECT_THAT(faults, ElementsAre("imagePullSecret shop/absent: not found",
                                  HasSubstr("shop/opaque: its type is \"Opaque\""),
                                  HasSubstr("shop/broken"),
                                  HasSubstr("shop/empty: it has no member .dockercfg")));
  EXPECT_THAT(faults, Not(testing::Contains(HasSubstr("hunter2"))));
}

TEST(CredentialFinder, GivesTheSameCredentialOnlyOnce) {
  kube::FakeApi api;
  api.PutSecret("shop", "a", PullSecret("robot"));
  api.PutSecret("shop", "b", PullSecret("robot"));
  const CredentialFinder finder(&api, {});
  EXPECT_THAT(WalkAll(finder, {.workload_namespace = "shop", .image_pull_secrets = {"a", "b"}}),
              ElementsAre("robot from imagePullSecret shop/a", " from anonymous"));
}

TEST(CredentialFinder, ReadsASourceOnlyWhenItIsItsTurn) {
  kube::FakeApi api;
  api.PutSecret("shop", "first", PullSecret("first"));
  api.PutSecret("shop", "second", PullSecret("second"));
  const CredentialFinder finder(&api, {});
  CredentialFinder::Walk walk = finder.Find(
      {.workload_namespace = "shop", .image_pull_secrets = {"first", "second"}}, kRepository);
  ASSERT_TRUE(walk.Next(absl::InfiniteFuture()).has_value());
  EXPECT_EQ(api.fetches(), 1);
}

TEST(CredentialFinder, GoesOnAnonymouslyWhenTheClusterCannotBeAsked) {
  kube::FakeApi api;
  api.FailWith(absl::UnavailableError("the API server cannot be reached"));
  const CredentialFinder finder(&api, {});
  std::vector<std::string> faults;
  EXPECT_THAT(WalkAll(finder, {.workload_namespace = "shop"}, &faults),
              ElementsAre(" from anonymous"));
  EXPECT_THAT(faults, testing::Contains(HasSubstr("the API server cannot be reached")));
}

TEST(CredentialScope, KeysOfDifferentScopesDiffer) {
  const std::vector<CredentialScope> scopes = {
      {},
      {.workload_namespace = "a"},
      {.service_account = "a"},
      {.workload_namespace = "a", .service_account = "b"},
      {.workload_namespace = "a", .image_pull_secrets = {"b"}},
      {.workload_namespace = "a", .image_pull_secrets = {"b", "c"}},
      {.workload_namespace = "a", .image_pull_secrets = {"b,1:c"}},
      {.workload_namespace = "a", .policy_secrets = {{"b", "c"}}},
      {.workload_namespace = "a", .image_pull_secrets = {"b"}, .policy_secrets = {{"b", "c"}}},
  };
  for (size_t i = 0; i < scopes.size(); ++i) {
    for (size_t j = 0; j < scopes.size(); ++j)
      EXPECT_EQ(scopes[i].Key() == scopes[j].Key(), i == j) << i << " " << j;
  }
}

}  // namespace
}  // namespace countersign::verifier

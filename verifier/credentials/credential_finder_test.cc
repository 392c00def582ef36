#include "verifier/credentials/credential_finder.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/secret_reader.h"
#include "verifier/credentials/credential_finder_fixture.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(CredentialFinderTest, GoesThroughTheSourcesInOrderAndEndsAnonymously) {
  reader_.PutSecret("shop", "own", PullSecret("own"));
  reader_.PutSecret("shop", "account", PullSecret("account"));
  reader_.PutServiceAccount("shop", "builder", AccountWith({"account"}));
  reader_.PutSecret("policies", "policy", PullSecret("policy"));
  reader_.PutSecret("image-policy-system", "deployment", PullSecret("deployment"));
  reader_.PutServiceAccount("image-policy-system", "image-policy-registry-credentials",
                            AccountWith({"deployment"}));
  const CredentialFinder finder(
      &caching_,
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

TEST_F(CredentialFinderTest, WhoHasNoRightToCredentialsGetsNone) {
  reader_.PutSecret("shop", "own", PullSecret("own"));
  reader_.PutSecret("policies", "policy", PullSecret("policy"));
  reader_.PutSecret("image-policy-system", "deployment", PullSecret("deployment"));
  reader_.PutServiceAccount("image-policy-system", "image-policy-registry-credentials",
                            AccountWith({"deployment"}));
  CredentialScope scope = {.workload_namespace = "shop",
                           .image_pull_secrets = {"own"},
                           .policy_secrets = {{"policies", "policy"}}};
  const std::string key = scope.Key();
  scope.anonymous_only = true;
  const CredentialFinder finder(
      &caching_,
      {.local = LocalCredentials{.source = "config.json", .find = [](const oci::Repository&) {
                                   return std::vector<registry::Credential>{{.username = "local"}};
                                 }}});
  EXPECT_THAT(WalkAll(finder, scope), ElementsAre(" from anonymous"));
  // What others saw is not theirs.
  EXPECT_NE(scope.Key(), key);
  EXPECT_NE(scope.Key(), CredentialScope().Key());
}

TEST_F(CredentialFinderTest, UsesTheDefaultServiceAccountWhereNoneIsNamed) {
  reader_.PutSecret("shop", "regcred", PullSecret("robot"));
  reader_.PutServiceAccount("shop", "default", AccountWith({"regcred"}));
  const CredentialFinder finder(&caching_, {});
  EXPECT_THAT(
      WalkAll(finder, {.workload_namespace = "shop"}),
      ElementsAre(
          HasSubstr("robot from imagePullSecret shop/regcred of service account shop/default"),
          " from anonymous"));
}

TEST_F(CredentialFinderTest, ReadsNoWorkloadsCredentialsWithoutANamespace) {
  reader_.PutSecret("", "own", PullSecret("own"));
  const CredentialFinder finder(&caching_, {});
  EXPECT_THAT(WalkAll(finder, {.image_pull_secrets = {"own"}}), ElementsAre(" from anonymous"));
}

TEST_F(CredentialFinderTest, PassesOverSourcesThatGiveNothingAndSaysSo) {
  reader_.PutSecret("shop", "opaque", {.type = "Opaque", .data = {{"password", "hunter2"}}});
  reader_.PutSecret(
      "shop", "broken",
      {.type = "kubernetes.io/dockerconfigjson", .data = {{".dockerconfigjson", "{hunter2"}}});
  reader_.PutSecret("shop", "empty", {.type = "kubernetes.io/dockercfg", .data = {}});
  reader_.PutSecret("shop", "elsewhere", PullSecret("nobody", "other.example.org"));
  reader_.PutSecret("shop", "good", PullSecret("good"));
  const CredentialFinder finder(&caching_, {});
  std::vector<std::string> faults;
  EXPECT_THAT(
      WalkAll(finder,
              {.workload_namespace = "shop",
               .image_pull_secrets = {"absent", "opaque", "broken", "empty", "elsewhere", "good"}},
              &faults),
      ElementsAre("good from imagePullSecret shop/good", " from anonymous"));
  EXPECT_THAT(faults, ElementsAre(HasSubstr("imagePullSecret shop/absent: "),
                                  HasSubstr("shop/opaque: its type is \"Opaque\""),
                                  HasSubstr("shop/broken"),
                                  HasSubstr("shop/empty: it has no member .dockercfg")));
  EXPECT_THAT(faults, Not(testing::Contains(HasSubstr("hunter2"))));
}

TEST_F(CredentialFinderTest, WhatIsNoPullSecretReadsInADenialAsIfItWereAbsent) {
  reader_.PutSecret("shop", "opaque", {.type = "Opaque", .data = {{"password", "x"}}});
  reader_.PutSecret("shop", "bootstrap", {.type = "bootstrap.kubernetes.io/token", .data = {}});
  std::vector<std::string> faults;
  for (const std::string name : {"absent", "opaque", "bootstrap"}) {
    std::vector<std::string> shown;
    WalkAll(finder_, {.workload_namespace = "shop", .image_pull_secrets = {name}}, &shown,
            &SourceText::shown);
    ASSERT_EQ(shown.size(), 1u);
    const std::string before = absl::StrCat("imagePullSecret shop/", name, ": ");
    EXPECT_THAT(shown[0], testing::StartsWith(before));
    faults.push_back(shown[0].substr(before.size()));
  }
  EXPECT_THAT(faults[0], HasSubstr("not found"));
  EXPECT_EQ(faults[0], faults[1]);
  EXPECT_EQ(faults[0], faults[2]);
}

TEST_F(CredentialFinderTest, NamesTheOperatorsSecretsAndAccountsInTheLogAlone) {
  reader_.PutSecret("policies", "policy", PullSecret("policy"));
  reader_.PutSecret("image-policy-system", "deployment", PullSecret("deployment"));
  reader_.PutServiceAccount("image-policy-system", "image-policy-registry-credentials",
                            AccountWith({"deployment", "absent"}));
  std::vector<std::string> faults;
  const CredentialScope scope = {.policy_secrets = {{"policies", "policy"}, {"policies", "gone"}}};
  EXPECT_THAT(WalkAll(finder_, scope, &faults, &SourceText::shown),
              ElementsAre("policy from a credential of the operator's",
                          "deployment from a credential of the operator's", " from anonymous"));
  EXPECT_THAT(faults, testing::Each("a credential of the operator's: could not be used"));
  faults.clear();
  WalkAll(finder_, scope, &faults);
  EXPECT_THAT(faults, testing::Contains(HasSubstr("secretRef policies/gone: ")));
}

TEST_F(CredentialFinderTest, GivesTwentyCredentialsAtMostAnonymousIncluded) {
  CredentialScope scope = {.workload_namespace = "shop"};
  for (int i = 0; i < 100; ++i) {
    const std::string name = absl::StrCat("s", i);
    reader_.PutSecret("shop", name, PullSecret(name));
    scope.image_pull_secrets.push_back(name);
  }
  std::vector<std::string> faults;
  const std::vector<std::string> found = WalkAll(finder_, scope, &faults);
  EXPECT_EQ(found.size(), kMaxCredentials);
  EXPECT_EQ(found.back(), " from anonymous");
  EXPECT_THAT(faults, ElementsAre("the rest was not tried: more than 19 credentials"));
  // Nor is what would not be tried read.
  EXPECT_LE(reader_.fetches(), static_cast<int>(kMaxCredentials));
}

TEST_F(CredentialFinderTest, ReadsNothingMoreWhenNobodyWaits) {
  reader_.PutSecret("shop", "first", PullSecret("first"));
  reader_.PutSecret("shop", "second", PullSecret("second"));
  bool is_wanted = true;
  CredentialFinder::Walk walk = finder_.Find(
      ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"first", "second"}}),
      Repository(), {}, [&is_wanted] { return is_wanted; });
  EXPECT_EQ(walk.Next(absl::InfiniteFuture())->credential.username, "first");
  const int fetches = reader_.fetches();
  is_wanted = false;
  EXPECT_TRUE(walk.Next(absl::InfiniteFuture())->credential.IsAnonymous());
  EXPECT_EQ(reader_.fetches(), fetches);
}

TEST_F(CredentialFinderTest, SaysThatLongPullSecretsAreNotReadForEveryImage) {
  kube::Secret secret = PullSecret("long");
  secret.data[0].second += std::string(1'000'000, ' ');
  reader_.PutSecret("shop", "long", secret);
  const ScopePtr scope = ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"long"}});
  bool was_stopped = false;
  const auto walk_all = [&](std::vector<SourceText>* faults) {
    CredentialFinder::Walk walk = finder_.Find(scope, Repository());
    size_t count = 0;
    while (walk.Next(absl::InfiniteFuture()).has_value()) ++count;
    *faults = walk.faults();
    was_stopped = walk.was_stopped();
    return count;
  };
  std::vector<SourceText> faults;
  EXPECT_EQ(walk_all(&faults), 2u);
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_FALSE(was_stopped);
  for (int i = 0; i < 16; ++i) walk_all(&faults);
  EXPECT_EQ(walk_all(&faults), 1u) << "only anonymous";
  // Another request may find out more.
  EXPECT_TRUE(was_stopped);
  ASSERT_THAT(faults, testing::SizeIs(1));
  EXPECT_THAT(faults[0].shown, HasSubstr("the pull secrets are too long for so many images"));
}

TEST_F(CredentialFinderTest, KeepsPullSecretsOnTheShareOfTheCallerInTheNamespace) {
  // Of which each takes some 1,500.
  const CredentialFinder finder(&caching_, {.kept_secret_bytes = 10'000});
  std::vector<ScopePtr> scopes;
  const auto is_kept = [&](const std::string& caller, const std::string& in_namespace) {
    const size_t before = finder.kept_secrets().held();
    reader_.PutSecret(in_namespace, "login", PullSecret("user"));
    scopes.push_back(
        ShareScope({.workload_namespace = in_namespace, .image_pull_secrets = {"login"}}));
    CredentialFinder::Walk walk =
        finder.Find(scopes.back(), Repository(), {.caller = caller, .group = in_namespace});
    EXPECT_EQ(walk.Next(absl::InfiniteFuture())->credential.username, "user");
    return finder.kept_secrets().held() > before;
  };
  EXPECT_TRUE(is_kept("shim", "shop"));
  EXPECT_TRUE(is_kept("shim", "shop"));
  EXPECT_FALSE(is_kept("shim", "shop"));
  EXPECT_TRUE(is_kept("shim", "bank"));
  EXPECT_TRUE(is_kept("other", "shop"));
  EXPECT_EQ(finder.kept_secrets().sources(), 2u);
  scopes.clear();
  EXPECT_EQ(finder.kept_secrets().held(), 0u);
}

TEST_F(CredentialFinderTest, ReadsAHundredDifferentSecretsOfAServiceAccountAtMost) {
  std::vector<std::string> names;
  for (int i = 0; i < 99; ++i) names.insert(names.end(), 3, absl::StrCat("absent-", i));
  names.push_back("good");
  reader_.PutSecret("shop", "good", PullSecret("good"));
  reader_.PutSecret("shop", "one-more", PullSecret("one-more"));
  reader_.PutServiceAccount("shop", "default", AccountWith(names));
  EXPECT_THAT(WalkAll(finder_, {.workload_namespace = "shop"}),
              ElementsAre(HasSubstr("good from imagePullSecret shop/good"), " from anonymous"));
  names.push_back("one-more");
  reader_.PutServiceAccount("shop", "crowded", AccountWith(names));
  std::vector<std::string> faults;
  EXPECT_THAT(
      WalkAll(finder_, {.workload_namespace = "shop", .service_account = "crowded"}, &faults),
      ElementsAre(HasSubstr("good from imagePullSecret shop/good"), " from anonymous"));
  EXPECT_THAT(faults,
              testing::Contains("service account shop/crowded: of its imagePullSecrets only "
                                "the first 100 are read"));
}

TEST_F(CredentialFinderTest, GivesOnlyAnonymousOnceItIsToldToStop) {
  reader_.PutSecret("shop", "a", PullSecret("a"));
  reader_.PutSecret("shop", "b", PullSecret("b"));
  CredentialFinder::Walk walk = finder_.Find(
      ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"a", "b"}}), Repository());
  ASSERT_TRUE(walk.Next(absl::InfiniteFuture()).has_value());
  walk.StopNamed("too many were refused");
  EXPECT_EQ(walk.Next(absl::InfiniteFuture())->source.shown, "anonymous");
  EXPECT_FALSE(walk.Next(absl::InfiniteFuture()).has_value());
  ASSERT_EQ(walk.faults().size(), 1u);
  EXPECT_EQ(walk.faults()[0].shown, "the rest was not tried: too many were refused");
}

TEST_F(CredentialFinderTest, SaysOfManyFaultsTheFirstTen) {
  CredentialScope scope = {.workload_namespace = "shop"};
  for (int i = 0; i < 30; ++i) scope.image_pull_secrets.push_back(absl::StrCat("s", i));
  std::vector<std::string> faults;
  WalkAll(finder_, scope, &faults);
  EXPECT_EQ(faults.size(), 10u);
  EXPECT_EQ(faults.back(), "and 21 more");
}

TEST_F(CredentialFinderTest, GivesTheSameCredentialOnlyOnce) {
  reader_.PutSecret("shop", "a", PullSecret("robot"));
  reader_.PutSecret("shop", "b", PullSecret("robot"));
  const CredentialFinder finder(&caching_, {});
  EXPECT_THAT(WalkAll(finder, {.workload_namespace = "shop", .image_pull_secrets = {"a", "b"}}),
              ElementsAre("robot from imagePullSecret shop/a", " from anonymous"));
}

TEST_F(CredentialFinderTest, ReadsASourceOnlyWhenItIsItsTurn) {
  reader_.PutSecret("shop", "first", PullSecret("first"));
  reader_.PutSecret("shop", "second", PullSecret("second"));
  const CredentialFinder finder(&caching_, {});
  CredentialFinder::Walk walk = finder.Find(
      ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"first", "second"}}),
      Repository());
  ASSERT_TRUE(walk.Next(absl::InfiniteFuture()).has_value());
  EXPECT_EQ(reader_.fetches(), 1);
}

TEST_F(CredentialFinderTest, GoesOnAnonymouslyWhenTheClusterCannotBeAsked) {
  reader_.FailWith(absl::UnavailableError("the API server cannot be reached"));
  const CredentialFinder finder(&caching_, {});
  std::vector<std::string> faults;
  EXPECT_THAT(WalkAll(finder, {.workload_namespace = "shop"}, &faults),
              ElementsAre(" from anonymous"));
  EXPECT_THAT(faults, testing::Contains(HasSubstr("the API server cannot be reached")));
}

TEST_F(CredentialFinderTest, ObservesHowLongItTakesToFindEach) {
  base::Metrics metrics;
  reader_.PutSecret("shop", "own", PullSecret("own"));
  const CredentialFinder finder(&caching_,
                                {.duration = &metrics.Histogram("took_seconds", "Took.", {1})});
  WalkAll(finder, {.workload_namespace = "shop", .image_pull_secrets = {"own"}});
  // The secret, the anonymous one, and that there are no more.
  EXPECT_THAT(metrics.WriteText(), HasSubstr("took_seconds_count 3\n"));
}

}  // namespace
}  // namespace countersign::verifier

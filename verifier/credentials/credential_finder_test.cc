#include "verifier/credentials/credential_finder.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_secret_reader.h"

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
                                 std::vector<std::string>* faults = nullptr,
                                 std::string SourceText::*text = &SourceText::logged) {
  CredentialFinder::Walk walk = finder.Find(ShareScope(scope), kRepository);
  std::vector<std::string> found;
  while (auto next = walk.Next(absl::InfiniteFuture())) {
    found.push_back(absl::StrCat(next->credential.username, " from ", next->source.*text));
  }
  if (faults != nullptr) {
    for (const SourceText& fault : walk.faults()) faults->push_back(fault.*text);
  }
  return found;
}

class CredentialFinderTest : public testing::Test {
 protected:
  // Reads `scope` whole, so that all of it is remembered, and lets a moment go by.
  void Remember(const CredentialScope& scope) {
    WalkAll(finder_, scope);
    clock_.Advance(absl::Seconds(1));
  }

  base::FakeClock clock_;
  kube::FakeSecretReader reader_;
  CachingSecretReader caching_{&reader_, &clock_, {}};
  const CredentialFinder finder_{&caching_, {}};
};

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
      kRepository, {}, [&is_wanted] { return is_wanted; });
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
    CredentialFinder::Walk walk = finder_.Find(scope, kRepository);
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
      ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"a", "b"}}), kRepository);
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
      kRepository);
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

TEST_F(CredentialFinderTest, TakesWhatIsRememberedAsLongAsItWillDo) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"regcred"}};
  reader_.PutSecret("shop", "regcred", PullSecret("robot"));
  Remember(scope);
  const int before = reader_.fetches();
  CredentialFinder::Walk walk = finder_.Find(ShareScope(scope), kRepository);
  EXPECT_EQ(walk.Next(absl::InfiniteFuture())->credential.username, "robot");
  EXPECT_EQ(reader_.fetches(), before);
}

TEST_F(CredentialFinderTest, ReadsASecretAgainBeforeItFallsOnToTheNextSource) {
  const CredentialScope scope = {.workload_namespace = "shop",
                                 .image_pull_secrets = {"regcred"},
                                 .policy_secrets = {{"policies", "policy"}}};
  reader_.PutSecret("shop", "regcred", PullSecret("old"));
  reader_.PutSecret("policies", "policy", PullSecret("policy"));
  Remember(scope);
  reader_.PutSecret("shop", "regcred", PullSecret("new"));
  EXPECT_THAT(
      WalkAll(finder_, scope),
      ElementsAre("old from imagePullSecret shop/regcred", "new from imagePullSecret shop/regcred",
                  "policy from the policy's secretRef policies/policy", " from anonymous"));
}

TEST_F(CredentialFinderTest, ReadsAServiceAccountAgainThatMayNameAnotherSecret) {
  const CredentialScope scope = {.workload_namespace = "shop"};
  reader_.PutServiceAccount("shop", "default", AccountWith({"old"}));
  reader_.PutSecret("shop", "old", PullSecret("old"));
  Remember(scope);
  reader_.PutServiceAccount("shop", "default", AccountWith({"old", "new"}));
  reader_.PutSecret("shop", "new", PullSecret("new"));
  EXPECT_THAT(WalkAll(finder_, scope),
              ElementsAre("old from imagePullSecret shop/old of service account shop/default",
                          "new from imagePullSecret shop/new of service account shop/default",
                          " from anonymous"));
}

TEST_F(CredentialFinderTest, ReadsAgainWhatWasNotThereWhenNothingElseWouldDo) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"regcred"}};
  Remember(scope);
  reader_.PutSecret("shop", "regcred", PullSecret("robot"));
  reader_.PutServiceAccount("shop", "default", AccountWith({"account"}));
  reader_.PutSecret("shop", "account", PullSecret("account"));
  std::vector<std::string> faults;
  EXPECT_THAT(
      WalkAll(finder_, scope, &faults),
      ElementsAre(" from anonymous", "robot from imagePullSecret shop/regcred",
                  "account from imagePullSecret shop/account of service account shop/default"));
  EXPECT_THAT(faults, IsEmpty());
}

TEST_F(CredentialFinderTest, ReadsNothingTwiceThatItHasJustRead) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"regcred"}};
  reader_.PutSecret("shop", "regcred", PullSecret("robot"));
  WalkAll(finder_, scope);
  // The Secret and both service accounts.
  EXPECT_EQ(reader_.fetches(), 3);
  clock_.Advance(absl::Seconds(1));
  WalkAll(finder_, scope);
  EXPECT_EQ(reader_.fetches(), 6);
}

TEST_F(CredentialFinderTest, GoesOnWithWhatIsRememberedWhenTheClusterCannotBeAsked) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"regcred"}};
  reader_.PutSecret("shop", "regcred", PullSecret("robot"));
  Remember(scope);
  clock_.Advance(absl::Minutes(30));
  reader_.FailWith(absl::UnavailableError("the API server cannot be reached"));
  std::vector<std::string> faults;
  EXPECT_THAT(WalkAll(finder_, scope, &faults),
              ElementsAre("robot from imagePullSecret shop/regcred", " from anonymous"));
  EXPECT_THAT(faults, testing::Contains(HasSubstr("the API server cannot be reached")));
}

// Two plugins, for registry.example.org, whose programs are shell scripts.
class CredentialFinderWithProviders : public CredentialFinderTest {
 protected:
  CredentialFinderWithProviders() {
    std::string pattern = testing::TempDir() + "/plugins.XXXXXX";
    directory_ = mkdtemp(pattern.data());
    CredentialProvider provider = {
        .api_version = "credentialprovider.kubelet.k8s.io/v1",
        .match_images = {*CredentialProviderPattern::Parse("registry.example.org")},
        .default_cache_duration = absl::Hours(1)};
    std::vector<CredentialProvider> configured;
    for (const char* name : {"first", "elsewhere", "second"}) {
      provider.name = name;
      configured.push_back(provider);
    }
    configured[1].match_images = {*CredentialProviderPattern::Parse("other.example.org")};
    providers_ = std::make_unique<CredentialProviders>(std::move(configured), directory_, &clock_,
                                                       CredentialProviders::Options());
    finder_with_providers_ = std::make_unique<CredentialFinder>(
        &caching_, CredentialFinder::Options{.providers = providers_.get()});
  }

  void Install(const std::string& name, const std::string& script) {
    const std::string path = absl::StrCat(directory_, "/", name);
    std::ofstream(path) << "#!/bin/sh\n" << script;
    chmod(path.c_str(), 0700);
  }

  // Makes the plugin answer with these users, whose keys are in descending order.
  void Answer(const std::string& name, const std::vector<std::string>& users) {
    base::Json auth = base::Json::object();
    for (size_t i = 0; i < users.size(); ++i) {
      auth[std::string("registry.example.org").append(i == 0 ? "/shop" : "")] = {
          {"username", users[i]}, {"password", "hunter2"}};
    }
    const base::Json answer = {{"apiVersion", "credentialprovider.kubelet.k8s.io/v1"},
                               {"kind", "CredentialProviderResponse"},
                               {"cacheKeyType", "Registry"},
                               {"auth", auth}};
    Install(name, absl::StrCat("cat <<END\n", answer.dump(), "\nEND\n"));
  }

  std::string directory_;
  std::unique_ptr<CredentialProviders> providers_;
  std::unique_ptr<CredentialFinder> finder_with_providers_;
};

TEST_F(CredentialFinderWithProviders, AsksThemLastButForAnonymous) {
  reader_.PutSecret("image-policy-system", "deployment", PullSecret("deployment"));
  reader_.PutServiceAccount("image-policy-system", "image-policy-registry-credentials",
                            AccountWith({"deployment"}));
  Answer("first", {"path", "host"});
  Answer("elsewhere", {"nobody"});
  Answer("second", {"another"});
  EXPECT_THAT(
      WalkAll(*finder_with_providers_, {}),
      ElementsAre(HasSubstr("deployment from imagePullSecret image-policy-system"),
                  "path from credential provider first", "host from credential provider first",
                  "another from credential provider second", " from anonymous"));
}

TEST_F(CredentialFinderWithProviders, RunsNoneBeforeItsTurn) {
  Install("first", absl::StrCat("echo x > ", directory_, "/ran"));
  CredentialFinder::Walk walk = finder_with_providers_->Find(
      ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"regcred"}}), kRepository);
  reader_.PutSecret("shop", "regcred", PullSecret("robot"));
  EXPECT_EQ(walk.Next(absl::InfiniteFuture())->credential.username, "robot");
  EXPECT_NE(access(absl::StrCat(directory_, "/ran").c_str(), F_OK), 0);
}

TEST_F(CredentialFinderWithProviders, PassesOverOneThatFailsAndSaysSo) {
  Install("first", "echo hunter2; echo 'no role' >&2; exit 1");
  Answer("second", {"good"});
  std::vector<std::string> faults;
  EXPECT_THAT(WalkAll(*finder_with_providers_, {}, &faults),
              ElementsAre("good from credential provider second", " from anonymous"));
  EXPECT_THAT(faults, ElementsAre("credential provider first: exit status 1: no role"));
}

TEST_F(CredentialFinderWithProviders, LeavesTimeForTheOthersWhenOneHangs) {
  Install("first", "exec sleep 300");
  Answer("second", {"good"});
  CredentialFinder::Walk walk = finder_with_providers_->Find(ShareScope({}), kRepository);
  const std::optional<FoundCredential> next = walk.Next(base::In(absl::Seconds(10)));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->credential.username, "good");
  ASSERT_EQ(walk.faults().size(), 1u);
  EXPECT_THAT(walk.faults()[0].shown, HasSubstr("credential provider first: no answer in time"));
}

TEST_F(CredentialFinderWithProviders, AsksAgainWhenWhatWasKeptWouldNotDo) {
  Answer("first", {"old"});
  Answer("second", {"another"});
  WalkAll(*finder_with_providers_, {});
  clock_.Advance(absl::Seconds(1));
  Answer("first", {"new"});
  EXPECT_THAT(
      WalkAll(*finder_with_providers_, {}),
      ElementsAre("old from credential provider first", "new from credential provider first",
                  "another from credential provider second", " from anonymous"));
}

}  // namespace
}  // namespace countersign::verifier

// What is read again, of what is remembered or what plugins gave, before a credential is given up.

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/credentials/credential_finder_fixture.h"
#include "verifier/credentials/credential_provider_config.h"
#include "verifier/credentials/credential_provider_pattern.h"
#include "verifier/credentials/credential_providers.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CredentialFinderTest, TakesWhatIsRememberedAsLongAsItWillDo) {
  const CredentialScope scope = {.workload_namespace = "shop", .image_pull_secrets = {"regcred"}};
  reader_.PutSecret("shop", "regcred", PullSecret("robot"));
  Remember(scope);
  const int before = reader_.fetches();
  CredentialFinder::Walk walk = finder_.Find(ShareScope(scope), Repository());
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
      ShareScope({.workload_namespace = "shop", .image_pull_secrets = {"regcred"}}), Repository());
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
  CredentialFinder::Walk walk = finder_with_providers_->Find(ShareScope({}), Repository());
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

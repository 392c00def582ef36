#include "verifier/credentials/credential_providers.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/deadline.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kV1[] = "credentialprovider.kubelet.k8s.io/v1";
const oci::Repository kApp = {"registry.example.org", "shop/app"};
const oci::Repository kOther = {"registry.example.org", "shop/other"};
const oci::Repository kElsewhere = {"registry.example.com", "shop/app"};

// The end of a plugin's script: answers with the user "user-N" in its Nth run.
std::string AnswerOf(const std::string& key_type, const std::string& duration = "null",
                     const std::string& password = "hunter2") {
  return absl::StrCat(R"(
echo run >> runs
cat <<END
{"apiVersion": ")",
                      kV1, R"(", "kind": "CredentialProviderResponse", "cacheKeyType": ")",
                      key_type, R"(", "cacheDuration": )", duration, R"sh(,
 "auth": {"*.example.*": {"username": "user-$(wc -l < runs)", "password": ")sh",
                      password, R"sh("}}}
END
)sh");
}

class CredentialProvidersTest : public testing::Test {
 protected:
  CredentialProvidersTest() {
    std::string pattern = testing::TempDir() + "/plugins.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }

  // A shell script, which runs in the test's directory.
  void Install(const std::string& name, const std::string& script) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << "#!/bin/sh\ncd " << directory_ << "\n" << script;
    chmod(path.c_str(), 0700);
  }

  // The provider "plugin" with that script, for every registry under example.org and example.com.
  void Start(const std::string& script, CredentialProviders::Options options = {},
             absl::Duration default_cache_duration = absl::Hours(1)) {
    Install("plugin", script);
    CredentialProvider provider = {
        .name = "plugin",
        .api_version = kV1,
        .match_images = {*CredentialProviderPattern::Parse("*.example.*")},
        .default_cache_duration = default_cache_duration,
        .arguments = {"get-credentials"},
        .environment = {{"PROFILE", "the-profile"}}};
    providers_ =
        std::make_unique<CredentialProviders>(std::vector{provider}, directory_, &clock_, options);
  }

  absl::StatusOr<CredentialProviders::Answer> Fetch(const oci::Repository& repository,
                                                    absl::Time not_before = absl::InfinitePast(),
                                                    absl::Duration timeout = absl::Seconds(30),
                                                    const base::Share& share = {}) {
    return providers_->Fetch(0, repository, not_before, base::In(timeout), share);
  }

  // The user names, or the error.
  std::string Users(const oci::Repository& repository,
                    absl::Time not_before = absl::InfinitePast()) {
    const auto answer = Fetch(repository, not_before);
    if (!answer.ok()) return answer.status().ToString();
    std::string users;
    for (const auto& credential : answer->credentials) absl::StrAppend(&users, credential.username);
    return users;
  }

  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_ + "/" + name).rdbuf();
    return text.str();
  }
  // Asks, and wants the answer no more once the plugin has written the file.
  void WaitOnlyUntilThereIs(const std::string& file) {
    const auto is_wanted = [&] { return Read(file).empty(); };
    EXPECT_THAT(providers_->Fetch(0, kApp, absl::InfinitePast(), base::Soon(), {}, is_wanted),
                StatusIs(absl::StatusCode::kCancelled));
  }
  // Waits until the file has something in it.
  std::string Await(const std::string& name) const {
    EXPECT_TRUE(base::Eventually([&] { return !Read(name).empty(); }));
    return Read(name);
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ + "/" + name) << text;
  }
  void Touch(const std::string& name) const { Write(name, "x"); }

  std::string directory_;
  base::FakeClock clock_;
  std::unique_ptr<CredentialProviders> providers_;
};

TEST_F(CredentialProvidersTest, AreAskedAsTheKubeletAsks) {
  Start("echo \"$1 $PROFILE\" > arguments; cat > question" + AnswerOf("Registry"));
  const auto answer = Fetch(kApp);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->credentials.size(), 1u);
  EXPECT_EQ(answer->credentials[0].username, "user-1");
  EXPECT_EQ(answer->credentials[0].password, "hunter2");
  EXPECT_EQ(answer->asked, clock_.Now());
  EXPECT_EQ(Read("arguments"), "get-credentials the-profile\n");
  EXPECT_EQ(base::ParseJson(Read("question")).value(),
            base::Json({{"apiVersion", kV1},
                        {"kind", "CredentialProviderRequest"},
                        {"image", "registry.example.org/shop/app"}}));
}

TEST_F(CredentialProvidersTest, HearOfDockerHubByTheNameThatImagesHave) {
  Start("cat > question" + AnswerOf("Registry"));
  EXPECT_EQ(Users({"index.docker.io", "library/nginx"}), "");
  EXPECT_THAT(Read("question"), HasSubstr("\"docker.io/library/nginx\""));
}

TEST_F(CredentialProvidersTest, AreKeptByImageRegistryOrForEverything) {
  Start(AnswerOf("Image"));
  EXPECT_EQ(Users(kApp), "user-1");
  EXPECT_EQ(Users(kOther), "user-2");
  EXPECT_EQ(Users(kApp), "user-1");
  Start(AnswerOf("Registry"));
  EXPECT_EQ(Users(kApp), "user-3");
  EXPECT_EQ(Users(kOther), "user-3");
  EXPECT_EQ(Users(kElsewhere), "user-4");
  Start(AnswerOf("Global"));
  EXPECT_EQ(Users(kApp), "user-5");
  EXPECT_EQ(Users(kElsewhere), "user-5");
}

TEST_F(CredentialProvidersTest, AreKeptForAsLongAsTheAnswerSaysOrElseTheConfiguration) {
  Start(AnswerOf("Registry", "\"10m0s\""));
  EXPECT_EQ(Users(kApp), "user-1");
  clock_.Advance(absl::Minutes(10) - absl::Seconds(1));
  EXPECT_EQ(Users(kApp), "user-1");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Users(kApp), "user-2");

  Start(AnswerOf("Registry"), {}, absl::Minutes(20));
  EXPECT_EQ(Users(kApp), "user-3");
  clock_.Advance(absl::Minutes(20) - absl::Seconds(1));
  EXPECT_EQ(Users(kApp), "user-3");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Users(kApp), "user-4");
}

TEST_F(CredentialProvidersTest, AreNotKeptForNoTime) {
  Start(AnswerOf("Registry", "\"0s\""));
  EXPECT_EQ(Users(kApp), "user-1");
  EXPECT_EQ(Users(kApp), "user-2");
  Start(AnswerOf("Registry"), {}, absl::ZeroDuration());
  EXPECT_EQ(Users(kApp), "user-3");
  EXPECT_EQ(Users(kApp), "user-4");
}

TEST_F(CredentialProvidersTest, AreKeptAsFarAsTheirBytesGo) {
  const std::string long_answers =
      "SECRET=$(head -c 100000 /dev/zero | tr '\\0' x)" + AnswerOf("Image", "null", "$SECRET");
  Start(long_answers, {.kept_bytes = 250'000});
  EXPECT_EQ(Users(kApp), "user-1");
  EXPECT_EQ(Users(kOther), "user-2");
  EXPECT_EQ(Users(kApp), "user-1");
  // For a third there is room only in the place of the one that was used least recently.
  EXPECT_EQ(Users(kElsewhere), "user-3");
  EXPECT_EQ(Users(kApp), "user-1");
  EXPECT_EQ(Users(kOther), "user-4");
  // What is more than all together may be serves who asks for it, and nobody else.
  Start(long_answers, {.kept_bytes = 50'000});
  EXPECT_EQ(Users(kApp), "user-5");
  EXPECT_EQ(Users(kApp), "user-6");
}

TEST_F(CredentialProvidersTest, AreAskedAgainForWhatIsTooOldButNotAllTheTime) {
  Start(AnswerOf("Registry"));
  const auto newer = [this] { return clock_.Now() + absl::Nanoseconds(1); };
  EXPECT_EQ(Users(kApp), "user-1");
  EXPECT_EQ(Users(kApp, newer()), "user-2");
  // Whoever else was refused by the first is served by the second.
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Users(kApp, clock_.Now() - absl::Seconds(1)), "user-2");
  EXPECT_EQ(Users(kApp, newer()), "user-2");
  EXPECT_EQ(Users(kOther, newer()), "user-2");
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(Users(kApp, newer()), "user-3");
}

TEST_F(CredentialProvidersTest, KeepWhatTheyHaveWhileAskingAgainFails) {
  Start("[ ! -e fails ] || exit 1" + AnswerOf("Global"));
  EXPECT_EQ(Users(kApp), "user-1");
  Touch("fails");
  EXPECT_FALSE(Fetch(kApp, clock_.Now() + absl::Seconds(1)).ok());
  EXPECT_EQ(Users(kApp), "user-1");
  EXPECT_EQ(Users(kElsewhere, clock_.Now() + absl::Seconds(1)), "user-1");
}

TEST_F(CredentialProvidersTest, ThatFailSayHowAndWhyWithoutSecrets) {
  Start("echo hunter2; echo 'the-profile has expired' >&2; echo more >&2; exit 3");
  EXPECT_THAT(Fetch(kApp), StatusIs(absl::StatusCode::kFailedPrecondition,
                                    testing::Eq("exit status 3: [...] has expired")));
  Start("kill -KILL $$");
  EXPECT_THAT(Fetch(kApp),
              StatusIs(absl::StatusCode::kFailedPrecondition, testing::Eq("ended by signal 9")));
  Start("echo hunter2");
  EXPECT_THAT(Fetch(kApp), StatusIs(absl::StatusCode::kFailedPrecondition,
                                    AllOf(HasSubstr("JSON"), Not(HasSubstr("hunter2")))));
  Start(AnswerOf("Everything"));
  EXPECT_THAT(Fetch(kApp),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/cacheKeyType")));
  Start("head -c 2000000 /dev/zero");
  EXPECT_THAT(Fetch(kApp), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("more than")));
}

TEST_F(CredentialProvidersTest, ThatFailedAreAskedAgain) {
  Start("[ -e works ] || exit 1" + AnswerOf("Registry"));
  EXPECT_FALSE(Fetch(kApp).ok());
  Touch("works");
  EXPECT_EQ(Users(kApp), "user-1");
}

TEST_F(CredentialProvidersTest, AreRunOnceForAllWhoAskMeanwhile) {
  Start("while [ ! -e go ]; do sleep 0.05; done" + AnswerOf("Registry"));
  std::vector<std::thread> threads;
  std::vector<std::string> users(8);
  for (size_t i = 0; i < users.size(); ++i) {
    threads.emplace_back([&, i] { users[i] = Users(i % 2 == 0 ? kApp : kOther); });
  }
  Touch("go");
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(users, Each("user-1"));
}

TEST_F(CredentialProvidersTest, WhoseAnswerIsForAnotherImageAreAskedOncePerImage) {
  Start("while [ ! -e go ]; do sleep 0.05; done" + AnswerOf("Image"));
  std::string app;
  std::string other;
  std::thread first([&] { app = Users(kApp); });
  std::thread second([&] { other = Users(kOther); });
  Touch("go");
  first.join();
  second.join();
  EXPECT_NE(app, other);
  EXPECT_EQ(Users(kApp), app);
  EXPECT_EQ(Users(kOther), other);
}

TEST_F(CredentialProvidersTest, WhoseAnswerHoldsForLessThanTheLastAreAskedAgainForOthers) {
  Start("while [ ! -e go ]; do sleep 0.05; done" + AnswerOf("$(cat scope)", "\"1m\""));
  // What each is told, when all ask at the same time after an answer for everything.
  const auto ask = [this](const std::string& scope) {
    Write("scope", "Global");
    Touch("go");
    Users(kApp);
    clock_.Advance(absl::Minutes(1));
    unlink((directory_ + "/go").c_str());
    Write("scope", scope);
    std::vector<std::string> users(3);
    std::vector<std::thread> threads;
    for (const oci::Repository& repository : {kApp, kOther, kElsewhere}) {
      threads.emplace_back(
          [&, to = &users[threads.size()], repository] { *to = Users(repository); });
    }
    Touch("go");
    for (std::thread& thread : threads) thread.join();
    clock_.Advance(absl::Minutes(1));
    return users;
  };
  EXPECT_THAT(ask("Global"), ElementsAre("user-2", "user-2", "user-2"));
  const std::vector<std::string> of_registry = ask("Registry");
  EXPECT_EQ(of_registry[0], of_registry[1]);
  EXPECT_NE(of_registry[0], of_registry[2]);
  ask("Image");
  EXPECT_EQ(Read("runs"), "run\nrun\nrun\nrun\nrun\nrun\nrun\nrun\nrun\n");
}

TEST_F(CredentialProvidersTest, GoOnWhenNobodyWaitsAndServeTheNext) {
  Start("echo x > started; while [ ! -e go ]; do sleep 0.05; done" + AnswerOf("Registry"));
  // What has not begun in the time is not begun any more.
  for (absl::Duration patience = absl::Milliseconds(200); Read("started").empty(); patience *= 2) {
    ASSERT_LE(patience, base::kPatience);
    EXPECT_THAT(Fetch(kApp, absl::InfinitePast(), patience),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  ASSERT_EQ(Read("started"), "x\n");
  Touch("go");
  EXPECT_EQ(Users(kApp), "user-1");
}

TEST_F(CredentialProvidersTest, EndProgramsThatNobodyWaitsForAfterAWhile) {
  Start("echo $$ > pid; exec sleep 300", {.unwanted_run_timeout = absl::ZeroDuration()});
  WaitOnlyUntilThereIs("pid");
  const int pid = atoi(Read("pid").c_str());
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(base::Eventually([pid] { return kill(pid, 0) != 0; }));
}

TEST_F(CredentialProvidersTest, AreWaitedForAsLongAsTheAnswerIsWanted) {
  Start("echo x > started; exec sleep 300");
  WaitOnlyUntilThereIs("started");
}

TEST_F(CredentialProvidersTest, HaveALimitedTime) {
  Start("exec sleep 300", {.run_timeout = absl::Milliseconds(200)});
  EXPECT_THAT(Fetch(kApp),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("did not end in time")));
}

TEST_F(CredentialProvidersTest, RunOnlySoManyAtATime) {
  // From when there is a file of that name, nobody ends before two have met.
  Start(
      "mkdir running.$$; echo running.* | wc -w >> counts; sleep 0.1; "
      "while [ -e meet ] && ! grep -q 2 counts; do sleep 0.05; done; rmdir running.$$" +
          AnswerOf("Image"),
      {.max_runs = 2});
  ASSERT_NE(Users(kApp), "");
  Touch("meet");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      EXPECT_THAT(Fetch({"registry.example.org", absl::StrCat("app-", i)}, absl::InfinitePast(),
                        absl::Seconds(30), {.caller = absl::StrCat(i)}),
                  IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  int most = 0;
  int count = 0;
  for (std::istringstream counts(Read("counts")); counts >> count;) most = std::max(most, count);
  EXPECT_EQ(most, 2);
}

TEST_F(CredentialProvidersTest, LeaveRunsToOthersAndBeginNoneThatNobodyWaitsFor) {
  Start("case $(cat) in *crowd*) echo x >> crowd; while [ ! -e go ]; do sleep 0.05; done;; esac" +
            AnswerOf("Image"),
        {.max_runs = 4, .max_runs_of_one = 4});
  // From now on an answer is expected to be for one image.
  ASSERT_THAT(Fetch({"registry.example.org", "first"}), IsOk());
  const base::Share crowd = {.caller = "10.0.0.1", .group = "crowd", .request = 1};
  std::atomic<bool> is_wanted = true;
  std::vector<std::thread> threads;
  for (int i = 0; i < 30; ++i) {
    threads.emplace_back([this, crowd, i, &is_wanted] {
      EXPECT_THAT(providers_->Fetch(0, {"registry.example.org", absl::StrCat("crowd-", i)},
                                    absl::InfinitePast(), absl::InfiniteFuture(), crowd,
                                    [&is_wanted] { return is_wanted.load(); }),
                  StatusIs(absl::StatusCode::kCancelled));
    });
  }
  Await("crowd");
  // Of another namespace, and of another address.
  EXPECT_THAT(Fetch(kApp, absl::InfinitePast(), absl::Seconds(30),
                    {.caller = "10.0.0.1", .group = "shop", .request = 2}),
              IsOk());
  EXPECT_THAT(Fetch(kOther, absl::InfinitePast(), absl::Seconds(30),
                    {.caller = "10.0.0.2", .group = "crowd", .request = 3}),
              IsOk());
  is_wanted = false;
  for (std::thread& thread : threads) thread.join();
  Touch("go");
  // What comes after all of the crowd's in its line.
  EXPECT_THAT(
      Fetch({"registry.example.org", "last"}, absl::InfinitePast(), absl::Seconds(30), crowd),
      IsOk());
  EXPECT_EQ(Read("crowd"), "x\n");
}

TEST_F(CredentialProvidersTest, EndTheirProgramsWhenTheyGo) {
  Start("echo $$ > pid; exec sleep 300");
  WaitOnlyUntilThereIs("pid");
  const int pid = atoi(Read("pid").c_str());
  ASSERT_GT(pid, 0);
  providers_.reset();
  EXPECT_NE(kill(pid, 0), 0);
}

TEST_F(CredentialProvidersTest, AreLoadedFromTheKubeletsConfiguration) {
  const std::string config = directory_ + "/config.yaml";
  const auto write = [&config](const std::string& name) {
    std::ofstream(config) << "apiVersion: kubelet.config.k8s.io/v1\n"
                             "kind: CredentialProviderConfig\n"
                             "providers:\n"
                             "- name: one\n"
                             "  matchImages: ['*.example.com', 'registry.example.org']\n"
                             "  defaultCacheDuration: 1m\n"
                             "  apiVersion: credentialprovider.kubelet.k8s.io/v1\n"
                             "- name: "
                          << name
                          << "\n"
                             "  matchImages: ['*.example.org']\n"
                             "  defaultCacheDuration: 1m\n"
                             "  apiVersion: credentialprovider.kubelet.k8s.io/v1\n";
  };
  Install("one", "");
  Install("two", "");
  write("two");
  const auto providers = CredentialProviders::Load(config, directory_, &clock_);
  ASSERT_TRUE(providers.ok()) << providers.status();
  EXPECT_THAT((*providers)->FindProviders(kApp), ElementsAre(0, 1));
  EXPECT_THAT((*providers)->FindProviders(kElsewhere), ElementsAre(0));
  EXPECT_THAT((*providers)->FindProviders({"gcr.io", "app"}), IsEmpty());
  EXPECT_EQ((*providers)->name(1), "two");
}

TEST_F(CredentialProvidersTest, AreNotLoadedWithoutTheirPrograms) {
  const std::string config = directory_ + "/config.yaml";
  std::ofstream(config) << "apiVersion: kubelet.config.k8s.io/v1\n"
                           "kind: CredentialProviderConfig\n"
                           "providers:\n"
                           "- {name: plugin, matchImages: [a.io], defaultCacheDuration: 1m, "
                           "apiVersion: credentialprovider.kubelet.k8s.io/v1}\n";
  const auto error = [&](const std::string& file) {
    return std::string(CredentialProviders::Load(file, directory_, &clock_).status().message());
  };
  EXPECT_EQ(error(config),
            absl::StrCat(config, ": /providers/0/name: there is no file ", directory_, "/plugin"));
  Touch("plugin");
  chmod((directory_ + "/plugin").c_str(), 0600);
  EXPECT_THAT(error(config), HasSubstr("/plugin is not executable"));
  EXPECT_THAT(error(directory_ + "/absent.yaml"), HasSubstr("absent.yaml"));
  std::ofstream(config) << "kind: Pod\n";
  EXPECT_THAT(error(config), HasSubstr("config.yaml:1: /kind: must be CredentialProviderConfig"));
}

}  // namespace
}  // namespace countersign::verifier

#include "verifier/credentials/credential_providers.h"

#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "base/fake_clock.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/credentials/credential_providers_fixture.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

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

}  // namespace
}  // namespace countersign::verifier

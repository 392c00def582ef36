#include "verifier/policies/secret_keys.h"

#include <atomic>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_secret_reader.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kNamespace[] = "cosign-system";

std::string Pem() { return crypto::TestKey::Generate().PublicPem(); }

// A reader of which one Secret never answers in its time.
class HangingReader final : public kube::SecretReader {
 public:
  explicit HangingReader(kube::SecretReader* reader) : reader_(reader) {}

  absl::StatusOr<kube::Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                           absl::Time deadline) override {
    if (!absl::StartsWith(name, "hangs")) {
      return reader_->FetchSecret(secret_namespace, name, deadline);
    }
    ++hanging_;
    end_.WaitForNotificationWithTimeout(base::kPatience);
    return absl::DeadlineExceededError("no answer in time");
  }
  absl::StatusOr<kube::ServiceAccount> FetchServiceAccount(std::string_view, std::string_view,
                                                           absl::Time) override {
    return absl::UnimplementedError("");
  }
  void LetGo() { end_.Notify(); }
  // How often it was asked for.
  int hanging() const { return hanging_; }

 private:
  kube::SecretReader* const reader_;
  std::atomic<int> hanging_ = 0;
  absl::Notification end_;
};

class SecretKeysTest : public testing::Test {
 protected:
  void Put(std::string_view name, const std::string& pem) {
    reader_.PutSecret(kNamespace, name, {.data = {{"cosign.pub", pem}}});
  }

  std::unique_ptr<SecretKeys> Make(kube::SecretReader* reader) {
    return std::make_unique<SecretKeys>(reader, SecretKeys::Options{.clock = &clock_},
                                        [this] { ++changes_; });
  }
  void Start() { keys_ = Make(&reader_); }

  // Wants them, and returns when they have been tried and the thread waits again.
  void Want(const std::vector<std::string>& names, bool again = false) {
    keys_->Want(names, again);
    EXPECT_TRUE(base::Eventually([&] { return keys_->HaveBeenTried(); }));
    EXPECT_TRUE(clock_.AwaitLook());
  }

  // Moves the clock, and returns when what was due by then has been done.
  void Pass(absl::Duration duration) {
    const uint64_t before = clock_.waits();
    clock_.Advance(duration);
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() > before; }));
  }

  SecretKeys::Key Key(std::string_view name) { return keys_->keys().find(name)->second; }

  std::string Log() {
    absl::MutexLock lock(&log_mutex_);
    return log_;
  }

  base::FakeClock clock_;
  kube::FakeSecretReader reader_;
  std::atomic<int> changes_ = 0;
  absl::Mutex log_mutex_;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) {
    absl::MutexLock lock(&log_mutex_);
    log_.append(line);
  }};
  std::unique_ptr<SecretKeys> keys_;
};

TEST_F(SecretKeysTest, AKeyIsReadAtOnceWhenItIsWanted) {
  const std::string pem = Pem();
  Put("release", pem);
  Start();
  EXPECT_THAT(keys_->keys(), IsEmpty());
  Want({"release", "release"});
  EXPECT_THAT(Key("release").pem, IsOkAndHolds(pem));
  EXPECT_THAT(Key("release").fault, IsOk());
  EXPECT_TRUE(base::Eventually([&] { return changes_ == 1; }));
  EXPECT_THAT(Log(), Not(HasSubstr("PUBLIC KEY")));
}

TEST_F(SecretKeysTest, ItIsReadAgainEveryThirtySeconds) {
  const std::string next = Pem();
  Put("release", Pem());
  Start();
  Want({"release"});
  Put("release", next);
  Pass(absl::Seconds(30));
  EXPECT_THAT(Key("release").pem, IsOkAndHolds(next));
  EXPECT_TRUE(base::Eventually([&] { return changes_ == 2; }));
  Pass(absl::Seconds(30));
  EXPECT_EQ(changes_, 2);
}

TEST_F(SecretKeysTest, AndAtOnceWhenAPolicyHasChanged) {
  const std::string next = Pem();
  Put("release", Pem());
  Start();
  Want({"release"});
  Put("release", next);
  const int fetches = reader_.fetches();
  keys_->Want({"release"}, /*again=*/false);
  EXPECT_TRUE(clock_.AwaitLook());
  EXPECT_EQ(reader_.fetches(), fetches);
  keys_->Want({"release"}, /*again=*/true);
  EXPECT_TRUE(base::Eventually([&] { return Key("release").pem.value_or("") == next; }));
}

TEST_F(SecretKeysTest, WhatHoldsNoKeyIsSaidInTheWordsOfThePolicyController) {
  reader_.PutSecret(kNamespace, "empty", {});
  reader_.PutSecret(kNamespace, "two", {.data = {{"a", Pem()}, {"b", Pem()}}});
  reader_.PutSecret(kNamespace, "odd", {.data = {{"a", "hunter2"}}});
  Start();
  Want({"empty", "two", "odd", "gone"});
  constexpr absl::StatusCode kCertain = absl::StatusCode::kFailedPrecondition;
  EXPECT_THAT(Key("empty").pem, StatusIs(kCertain, "secret \"empty\" contains no data"));
  EXPECT_THAT(
      Key("two").pem,
      StatusIs(kCertain, "secret \"two\" contains multiple data entries, only one is supported"));
  EXPECT_THAT(Key("odd").pem,
              StatusIs(kCertain, HasSubstr("secret \"odd\" contains an invalid public key: ")));
  EXPECT_THAT(Key("gone").pem, StatusIs(kCertain, "secret \"gone\" not found"));
  EXPECT_THAT(Log(), Not(HasSubstr("hunter2")));
}

TEST_F(SecretKeysTest, TheLastGoodKeyStaysWhateverBecomesOfItsSecret) {
  const std::string pem = Pem();
  Put("release", pem);
  Start();
  Want({"release"});
  reader_.RemoveSecret(kNamespace, "release");
  Pass(absl::Seconds(30));
  EXPECT_THAT(Key("release").pem, IsOkAndHolds(pem));
  EXPECT_THAT(Key("release").fault,
              StatusIs(absl::StatusCode::kFailedPrecondition, "secret \"release\" not found"));
  Put("release", "no PEM");
  Pass(absl::Seconds(30));
  EXPECT_THAT(Key("release").pem, IsOkAndHolds(pem));
  EXPECT_THAT(Key("release").fault,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("invalid public key")));
  const std::string next = Pem();
  Put("release", next);
  Pass(absl::Seconds(30));
  EXPECT_THAT(Key("release").pem, IsOkAndHolds(next));
  EXPECT_THAT(Key("release").fault, IsOk());
}

TEST_F(SecretKeysTest, WhileTheApiServerIsAwayNothingChangesAndItIsAskedSooner) {
  const std::string pem = Pem();
  Put("release", pem);
  Start();
  Want({"release", "gone"});
  EXPECT_TRUE(base::Eventually([&] { return changes_ == 1; }));
  reader_.FailWith(absl::UnavailableError("connection refused"));
  Pass(absl::Seconds(30));
  EXPECT_THAT(Key("release").pem, IsOkAndHolds(pem));
  EXPECT_THAT(Key("gone").pem,
              StatusIs(absl::StatusCode::kFailedPrecondition, "secret \"gone\" not found"));
  EXPECT_EQ(changes_, 1);
  EXPECT_THAT(Log(), HasSubstr("connection refused"));
  reader_.FailWith(absl::OkStatus());
  Put("gone", pem);
  Pass(absl::Seconds(5));
  EXPECT_THAT(Key("gone").pem, IsOkAndHolds(pem));
}

TEST_F(SecretKeysTest, OneThatNeverCouldBeReadIsWhyNot) {
  reader_.FailWith(absl::UnavailableError("connection refused"));
  Start();
  Want({"release"});
  EXPECT_THAT(Key("release").pem,
              StatusIs(absl::StatusCode::kUnavailable, "secret \"release\" could not be read yet"));
  EXPECT_THAT(Key("release").fault, IsOk());
}

TEST_F(SecretKeysTest, WhatIsWantedNoMoreIsForgotten) {
  Put("release", Pem());
  Start();
  Want({"release"});
  Want({});
  EXPECT_THAT(keys_->keys(), IsEmpty());
  reader_.RemoveSecret(kNamespace, "release");
  Want({"release"});
  EXPECT_THAT(Key("release").pem, StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SecretKeysTest, OneThatHangsHoldsUpNoOther) {
  Put("release", Pem());
  HangingReader reader(&reader_);
  keys_ = Make(&reader);
  keys_->Want({"hangs", "release"}, /*again=*/false);
  EXPECT_TRUE(base::Eventually([&] { return Key("release").pem.ok(); }));
  EXPECT_FALSE(keys_->HaveBeenTried());
  reader.LetGo();
  EXPECT_TRUE(base::Eventually([&] { return keys_->HaveBeenTried(); }));
}

TEST_F(SecretKeysTest, OneThatIsWantedAgainWhileItIsReadIsReadAgain) {
  HangingReader reader(&reader_);
  keys_ = Make(&reader);
  keys_->Want({"hangs"}, /*again=*/false);
  EXPECT_TRUE(base::Eventually([&] { return reader.hanging() == 1; }));
  keys_->Want({"hangs"}, /*again=*/true);
  reader.LetGo();
  EXPECT_TRUE(base::Eventually([&] { return reader.hanging() == 2; }));
}

TEST_F(SecretKeysTest, ThereAreNotMoreThanThatMany) {
  std::vector<std::string> names;
  for (int i = 0; i < 1001; ++i) names.push_back(absl::StrCat("s", i));
  Start();
  Want(names);
  EXPECT_EQ(keys_->keys().size(), 1000u);
  EXPECT_EQ(reader_.fetches(), 1000);
}

}  // namespace
}  // namespace countersign::verifier

#include "verifier/credentials/caching_secret_reader.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_secret_reader.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::_;
using ::testing::ElementsAre;

kube::Secret SecretWith(std::string value) {
  return {.type = "Opaque", .data = {{"value", std::move(value)}}};
}

// The fake, with reads that can be held up.
class SlowReader final : public kube::SecretReader {
 public:
  explicit SlowReader(kube::FakeSecretReader* reader) : reader_(reader) {}

  absl::StatusOr<kube::Secret> FetchSecret(std::string_view secret_namespace, std::string_view name,
                                           absl::Time deadline) override {
    absl::StatusOr<kube::Secret> secret = reader_->FetchSecret(secret_namespace, name, deadline);
    if (!entered.HasBeenNotified()) entered.Notify();
    EXPECT_TRUE(base::Await(go_on));
    return secret;
  }
  absl::StatusOr<kube::ServiceAccount> FetchServiceAccount(std::string_view account_namespace,
                                                           std::string_view name,
                                                           absl::Time deadline) override {
    return reader_->FetchServiceAccount(account_namespace, name, deadline);
  }

  absl::Notification entered;
  absl::Notification go_on;

 private:
  kube::FakeSecretReader* const reader_;
};

class CachingSecretReaderTest : public testing::Test {
 protected:
  // The value of secret shop/regcred, or the error's code.
  std::string Read(CachingSecretReader& caching, absl::Time not_before = absl::InfinitePast()) {
    const auto read = caching.ReadSecret("shop", "regcred", not_before, base::Soon());
    if (!read.object.ok()) return absl::StatusCodeToString(read.object.status().code());
    return *(*read.object)->Find("value");
  }
  std::string Read() { return Read(caching_); }

  base::FakeClock clock_;
  kube::FakeSecretReader reader_;
  CachingSecretReader caching_{&reader_, &clock_, {}};
};

TEST_F(CachingSecretReaderTest, AsksOnceForWhatItRemembers) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  reader_.PutServiceAccount("shop", "default", {.image_pull_secrets = {"regcred"}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Read(), "a");
    const auto account = caching_.ReadServiceAccount("shop", "default", absl::InfinitePast(),
                                                     absl::InfiniteFuture());
    ASSERT_TRUE(account.object.ok());
    EXPECT_THAT((*account.object)->image_pull_secrets, ElementsAre("regcred"));
  }
  EXPECT_EQ(reader_.fetches(), 2);
  EXPECT_EQ(caching_.counts().hits, 4u);
  EXPECT_EQ(caching_.counts().misses, 2u);
  EXPECT_EQ(caching_.counts().entries, 2u);
}

TEST_F(CachingSecretReaderTest, ASecretAndAServiceAccountOfOneNameAreTwoThings) {
  reader_.PutSecret("shop", "default", SecretWith("a"));
  const absl::Time any = absl::InfinitePast();
  ASSERT_TRUE(caching_.ReadSecret("shop", "default", any, base::Soon()).object.ok());
  EXPECT_THAT(caching_.ReadServiceAccount("shop", "default", any, base::Soon()).object.status(),
              StatusIs(absl::StatusCode::kNotFound, _));
}

TEST_F(CachingSecretReaderTest, AsksAgainWhenTheAgeIsReached) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  EXPECT_EQ(Read(), "a");
  reader_.PutSecret("shop", "regcred", SecretWith("b"));
  clock_.Advance(absl::Minutes(3));
  EXPECT_EQ(Read(), "a");
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(Read(), "b");
}

TEST_F(CachingSecretReaderTest, GivesWhatIsNewerThanTheMomentThatIsAskedFor) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  EXPECT_EQ(Read(), "a");
  reader_.PutSecret("shop", "regcred", SecretWith("b"));
  clock_.Advance(absl::Seconds(1));
  const absl::Time started = caching_.Now();
  EXPECT_EQ(Read(), "a");
  EXPECT_EQ(Read(caching_, started), "b");
  EXPECT_EQ(Read(caching_, started), "b");
  EXPECT_EQ(Read(), "b");
  EXPECT_EQ(reader_.fetches(), 2);
}

TEST_F(CachingSecretReaderTest, SaysWhenItAsked) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  const absl::Time asked = clock_.Now();
  EXPECT_EQ(Read(), "a");
  clock_.Advance(absl::Seconds(7));
  EXPECT_EQ(caching_.ReadSecret("shop", "regcred", absl::InfinitePast(), base::Soon()).asked,
            asked);
}

TEST_F(CachingSecretReaderTest, RemembersOnlyBrieflyThatThereIsNothing) {
  EXPECT_EQ(Read(), "NOT_FOUND");
  EXPECT_EQ(Read(), "NOT_FOUND");
  EXPECT_EQ(reader_.fetches(), 1);
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Read(caching_, clock_.Now()), "a");
  reader_.RemoveSecret("shop", "regcred");
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(Read(), "NOT_FOUND");
  reader_.PutSecret("shop", "regcred", SecretWith("b"));
  clock_.Advance(absl::Seconds(30));
  EXPECT_EQ(Read(), "b");
}

TEST_F(CachingSecretReaderTest, NeverRemembersAFailure) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnavailable, absl::StatusCode::kPermissionDenied}) {
    reader_.FailWith(absl::Status(code, "no"));
    EXPECT_EQ(Read(), absl::StatusCodeToString(code));
  }
  reader_.FailWith(absl::OkStatus());
  EXPECT_EQ(Read(), "a");
}

TEST_F(CachingSecretReaderTest, UsesWhatIsTooOldWhileTheApiServerCannotBeAsked) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  EXPECT_EQ(Read(), "a");
  reader_.FailWith(absl::UnavailableError("connection refused"));
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(Read(), "a");
  EXPECT_EQ(caching_.counts().stale, 1u);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Read(), "UNAVAILABLE");
}

TEST_F(CachingSecretReaderTest, IsNotAskedAgainAtOnceAfterItCouldNotBeAsked) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  EXPECT_EQ(Read(), "a");
  reader_.FailWith(absl::UnavailableError("connection refused"));
  clock_.Advance(absl::Minutes(10));
  EXPECT_EQ(Read(), "a");
  EXPECT_EQ(Read(), "a");
  EXPECT_EQ(reader_.fetches(), 2);
  clock_.Advance(absl::Seconds(5));
  reader_.FailWith(absl::OkStatus());
  reader_.PutSecret("shop", "regcred", SecretWith("b"));
  EXPECT_EQ(Read(), "b");
}

TEST_F(CachingSecretReaderTest, ARefusalEndsTheUseOfWhatIsRemembered) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  EXPECT_EQ(Read(), "a");
  clock_.Advance(absl::Minutes(10));
  reader_.FailWith(absl::PermissionDeniedError("forbidden"));
  EXPECT_EQ(Read(), "PERMISSION_DENIED");
  reader_.FailWith(absl::UnavailableError("connection refused"));
  EXPECT_EQ(Read(), "UNAVAILABLE");
}

TEST_F(CachingSecretReaderTest, WhatMustBeNewIsNotTakenFromMemoryWhenItCannotBeRead) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  EXPECT_EQ(Read(), "a");
  clock_.Advance(absl::Seconds(1));
  reader_.FailWith(absl::UnavailableError("connection refused"));
  EXPECT_EQ(Read(caching_, clock_.Now()), "UNAVAILABLE");
  EXPECT_EQ(Read(), "a");
}

TEST_F(CachingSecretReaderTest, EqualReadsAtTheSameTimeAreOne) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  SlowReader slow(&reader_);
  CachingSecretReader caching(&slow, &clock_, {});
  std::vector<std::thread> readers;
  for (int i = 0; i < 5; ++i) {
    readers.emplace_back([this, &caching] { EXPECT_EQ(Read(caching), "a"); });
  }
  EXPECT_TRUE(base::Await(slow.entered));
  EXPECT_TRUE(base::Eventually([&] { return caching.counts().misses >= 5; }));
  slow.go_on.Notify();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(reader_.fetches(), 1);
}

TEST_F(CachingSecretReaderTest, AReadThatBeganTooEarlyIsFollowedByAnother) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  SlowReader slow(&reader_);
  CachingSecretReader caching(&slow, &clock_, {});
  std::thread early([this, &caching] { EXPECT_EQ(Read(caching), "a"); });
  EXPECT_TRUE(base::Await(slow.entered));
  reader_.PutSecret("shop", "regcred", SecretWith("b"));
  clock_.Advance(absl::Seconds(1));
  std::thread late([this, &caching] { EXPECT_EQ(Read(caching, clock_.Now()), "b"); });
  EXPECT_TRUE(base::Eventually([&] { return caching.counts().misses >= 2; }));
  slow.go_on.Notify();
  early.join();
  late.join();
}

TEST_F(CachingSecretReaderTest, BoundsTheNumberOfEntries) {
  CachingSecretReader caching(&reader_, &clock_, {.max_entries = 100});
  for (int i = 0; i < 5000; ++i) {
    const std::string name = absl::StrCat("account-", i);
    reader_.PutServiceAccount("shop", name, {.image_pull_secrets = {"a"}});
    ASSERT_TRUE(
        caching.ReadServiceAccount("shop", name, absl::InfinitePast(), base::Soon()).object.ok());
  }
  EXPECT_EQ(caching.counts().entries, 100u);
}

TEST_F(CachingSecretReaderTest, BoundsTheBytesOfEntries) {
  CachingSecretReader caching(&reader_, &clock_, {.max_bytes = 1 << 20});
  for (int i = 0; i < 30; ++i) {
    const std::string name = absl::StrCat("secret-", i);
    reader_.PutSecret("shop", name, SecretWith(std::string(100'000, 'x')));
    ASSERT_TRUE(caching.ReadSecret("shop", name, absl::InfinitePast(), base::Soon()).object.ok());
  }
  EXPECT_EQ(caching.counts().entries, 10u);
  EXPECT_LE(caching.counts().bytes, 1u << 20);
}

TEST_F(CachingSecretReaderTest, RemembersNothingWithoutAnAge) {
  reader_.PutSecret("shop", "regcred", SecretWith("a"));
  CachingSecretReader caching(&reader_, &clock_, {.max_age = absl::ZeroDuration()});
  EXPECT_EQ(Read(caching), "a");
  reader_.PutSecret("shop", "regcred", SecretWith("b"));
  EXPECT_EQ(Read(caching), "b");
  EXPECT_EQ(caching.counts().entries, 0u);
}

}  // namespace
}  // namespace countersign::verifier

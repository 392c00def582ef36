#include "verifier/registries/followed_secrets.h"

#include <memory>

#include "absl/synchronization/mutex.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_secret_reader.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FollowedSecretsTest : public testing::Test {
 protected:
  using Secrets = FollowedSecrets<std::string>;

  // Follows what stands under "word" in the Secrets infra/NAME.
  std::unique_ptr<Secrets> Follow(const std::vector<std::string>& names) {
    std::vector<FollowedSecret> full;
    for (const std::string& name : names) full.push_back({"infra", name});
    const auto read = [](const kube::Secret& secret) -> Secrets::Reading {
      const std::string* const word = secret.Find("word");
      if (word == nullptr) return {.value = "", .fault = "it has no word"};
      return {.value = *word, .fault = ""};
    };
    const auto apply = [this](const std::vector<std::string>& words) {
      applied_.push_back(words);
      return can_apply_;
    };
    const auto complain = [this](size_t place, const std::string& fault) {
      faults_.push_back(absl::StrCat(place, ": ", fault));
    };
    auto secrets = std::make_unique<Secrets>(&reader_, full, read, apply, complain,
                                             FollowOptions{.clock = &clock_});
    AwaitLooks(1);
    return secrets;
  }

  void Put(const std::string& name, const std::string& word) {
    reader_.PutSecret("infra", name, {.type = "Opaque", .data = {{"word", word}}});
  }

  // After each look the thread waits; what it wrote down is there to be read until it is told to
  // look again.
  void AwaitLooks(uint64_t count) {
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() == count; }));
  }
  void LookAgainAfter(absl::Duration wait) {
    const uint64_t looks = clock_.waits();
    clock_.Advance(wait - absl::Milliseconds(1));
    EXPECT_TRUE(clock_.AwaitLook());
    EXPECT_EQ(clock_.waits(), looks);
    clock_.Advance(absl::Milliseconds(1));
    AwaitLooks(looks + 1);
  }

  kube::FakeSecretReader reader_;
  base::FakeClock clock_;
  std::vector<std::vector<std::string>> applied_;
  std::vector<std::string> faults_;
  bool can_apply_ = true;
};

TEST(FollowedSecret, IsANamespaceAndAName) {
  const auto name = FollowedSecret::Parse("infra/registry-ca");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->secret_namespace, "infra");
  EXPECT_EQ(name->name, "registry-ca");
  EXPECT_EQ(name->Describe(), "Secret infra/registry-ca");
  for (const char* bad : {"", "registry-ca", "/a", "a/", "a/b/c", "/"}) {
    EXPECT_FALSE(FollowedSecret::Parse(bad).has_value()) << bad;
  }
}

TEST_F(FollowedSecretsTest, AreReadAtTheStartAndEachMinute) {
  Put("a", "one");
  Put("b", "two");
  const auto secrets = Follow({"a", "b"});
  EXPECT_THAT(applied_, ElementsAre(ElementsAre("one", "two")));
  LookAgainAfter(absl::Minutes(1));
  EXPECT_EQ(applied_.size(), 1u);
  Put("b", "three");
  LookAgainAfter(absl::Minutes(1));
  EXPECT_THAT(applied_.back(), ElementsAre("one", "three"));
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(FollowedSecretsTest, OneThatIsMissingOrBadIsToldOnceAndLookedAtSooner) {
  Put("a", "one");
  reader_.PutSecret("infra", "bad", {.type = "Opaque", .data = {}});
  const auto secrets = Follow({"absent", "a", "bad"});
  EXPECT_THAT(applied_, ElementsAre(ElementsAre("", "one", "")));
  LookAgainAfter(absl::Seconds(10));
  EXPECT_THAT(faults_, ElementsAre("0: not found", "2: it has no word"));
  Put("absent", "two");
  Put("bad", "three");
  LookAgainAfter(absl::Seconds(10));
  EXPECT_THAT(applied_.back(), ElementsAre("two", "one", "three"));
  LookAgainAfter(absl::Minutes(1));
  EXPECT_EQ(faults_.size(), 2u);
}

TEST_F(FollowedSecretsTest, OneThatIsGoneHoldsNothing) {
  Put("a", "one");
  const auto secrets = Follow({"a"});
  reader_.RemoveSecret("infra", "a");
  LookAgainAfter(absl::Minutes(1));
  EXPECT_THAT(applied_.back(), ElementsAre(""));
}

TEST_F(FollowedSecretsTest, OneThatCannotBeReadNowHoldsWhatItHeldLast) {
  Put("a", "one");
  const auto secrets = Follow({"a"});
  reader_.FailWith(absl::UnavailableError("connection refused"));
  LookAgainAfter(absl::Minutes(1));
  LookAgainAfter(absl::Seconds(10));
  EXPECT_EQ(applied_.size(), 1u);
  EXPECT_THAT(faults_, ElementsAre("0: connection refused"));
}

TEST_F(FollowedSecretsTest, WhatCouldNotBeTakenOverIsGivenAgain) {
  Put("a", "one");
  can_apply_ = false;
  const auto secrets = Follow({"a"});
  EXPECT_EQ(applied_.size(), 1u);
  can_apply_ = true;
  LookAgainAfter(absl::Seconds(10));
  EXPECT_THAT(applied_, ElementsAre(ElementsAre("one"), ElementsAre("one")));
  LookAgainAfter(absl::Minutes(1));
  EXPECT_EQ(applied_.size(), 2u);
}

TEST_F(FollowedSecretsTest, NoneNeedNoThread) {
  const Secrets secrets(&reader_, {}, nullptr, nullptr, nullptr, {.clock = &clock_});
  EXPECT_EQ(clock_.waits(), 0u);
}

}  // namespace
}  // namespace countersign::verifier

#include "verifier/evidence/tag_memory.h"

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

constexpr absl::Duration kLife = absl::Seconds(6);
const oci::Repository kRepository = {"registry.example.org", "app"};
const oci::Digest kFirst = oci::Digest::Of("first");
const oci::Digest kSecond = oci::Digest::Of("second");

class TagMemoryTest : public testing::Test {
 protected:
  static TagMemory::Seen Tag(std::string_view tag = "1", std::string_view fingerprint = "robot") {
    return {.repository = kRepository, .tag = tag, .fingerprint = fingerprint};
  }

  base::FakeClock clock_;
  TagMemory memory_{&clock_, {.life = kLife}};
};

TEST_F(TagMemoryTest, ATagIsRememberedFromWhenItsRegistryWasAsked) {
  const absl::Time asked = clock_.Now();
  clock_.Advance(absl::Seconds(2));  // the registry takes its time
  memory_.Remember(Tag(), kFirst, asked);
  clock_.Set(asked + kLife - absl::Nanoseconds(1));
  EXPECT_EQ(memory_.Find(Tag()), kFirst);
  clock_.Set(asked + kLife);
  EXPECT_EQ(memory_.Find(Tag()), std::nullopt);
}

TEST_F(TagMemoryTest, AnAnswerThatTookLongerThanALifeIsNotRemembered) {
  memory_.Remember(Tag(), kFirst, clock_.Now() - kLife);
  EXPECT_EQ(memory_.size(), 0u);
}

TEST_F(TagMemoryTest, RepositoriesTagsAndCredentialsAreApart) {
  memory_.Remember(Tag(), kFirst, clock_.Now());
  EXPECT_EQ(memory_.Find(Tag("2")), std::nullopt);
  EXPECT_EQ(memory_.Find(Tag("1", "somebody else")), std::nullopt);
  const oci::Repository other = {"registry.example.org", "app/1"};
  EXPECT_EQ(memory_.Find({other, "1", "robot"}), std::nullopt);
  EXPECT_EQ(memory_.Find(Tag()), kFirst);
}

TEST_F(TagMemoryTest, WithoutALifeNothingIsRemembered) {
  TagMemory off(&clock_, {});
  EXPECT_FALSE(off.is_on());
  off.Remember(Tag(), kFirst, clock_.Now());
  EXPECT_EQ(off.Find(Tag()), std::nullopt);
  EXPECT_EQ(off.BeginRefresh(Tag(), kFirst), std::nullopt);
  EXPECT_EQ(off.size(), 0u);
}

TEST_F(TagMemoryTest, TheYoungestWordCounts) {
  const absl::Time asked = clock_.Now();
  clock_.Advance(absl::Seconds(1));
  memory_.Remember(Tag(), kSecond, clock_.Now());
  // Whoever had asked before has his answer only now.
  memory_.Remember(Tag(), kFirst, asked);
  memory_.Hear(Tag(), kFirst, asked);
  memory_.Hear(Tag(), absl::NotFoundError("none"), asked);
  EXPECT_EQ(memory_.Find(Tag()), kSecond);
}

TEST_F(TagMemoryTest, AnotherWordEndsWhatIsRemembered) {
  const auto remembers_after = [this](const absl::StatusOr<oci::Digest>& said) {
    memory_.Remember(Tag(), kFirst, clock_.Now());
    clock_.Advance(absl::Seconds(1));
    memory_.Hear(Tag(), said, clock_.Now());
    return memory_.Find(Tag()).has_value();
  };
  EXPECT_TRUE(remembers_after(kFirst));
  EXPECT_FALSE(remembers_after(kSecond));
  EXPECT_FALSE(remembers_after(absl::NotFoundError("no such tag")));
  EXPECT_FALSE(remembers_after(absl::UnauthenticatedError("not you")));
  EXPECT_TRUE(remembers_after(absl::UnavailableError("is away")));
  EXPECT_TRUE(remembers_after(absl::ResourceExhaustedError("busy")));
}

TEST_F(TagMemoryTest, HearingMakesNothingYounger) {
  const absl::Time asked = clock_.Now();
  memory_.Remember(Tag(), kFirst, asked);
  clock_.Advance(absl::Seconds(3));
  memory_.Hear(Tag(), kFirst, clock_.Now());
  clock_.Set(asked + kLife);
  EXPECT_EQ(memory_.Find(Tag()), std::nullopt);
}

TEST_F(TagMemoryTest, ARefreshBeginsOnceAndInTheLastThirdAlone) {
  const absl::Time asked = clock_.Now();
  memory_.Remember(Tag(), kFirst, asked);
  clock_.Set(asked + 2 * kLife / 3 - absl::Nanoseconds(1));
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kFirst), std::nullopt);
  clock_.Set(asked + 2 * kLife / 3);
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kSecond), std::nullopt);
  EXPECT_EQ(memory_.BeginRefresh(Tag("2"), kFirst), std::nullopt);
  EXPECT_EQ(memory_.BeginRefresh(Tag("1", "somebody else"), kFirst), std::nullopt);
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kFirst), kLife / 3);
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kFirst), std::nullopt);
  // What it gave has a life of its own.
  memory_.Remember(Tag(), kFirst, clock_.Now());
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kFirst), std::nullopt);
  clock_.Advance(2 * kLife / 3 + absl::Seconds(1));
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kFirst), kLife / 3 - absl::Seconds(1));
}

TEST_F(TagMemoryTest, ARefreshThatFailedIsNotBegunAgain) {
  memory_.Remember(Tag(), kFirst, clock_.Now());
  clock_.Advance(kLife - absl::Seconds(1));
  EXPECT_TRUE(memory_.BeginRefresh(Tag(), kFirst).has_value());
  memory_.Hear(Tag(), absl::UnavailableError("is away"), clock_.Now());
  EXPECT_EQ(memory_.Find(Tag()), kFirst);
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kFirst), std::nullopt);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(memory_.Find(Tag()), std::nullopt);
}

TEST_F(TagMemoryTest, WhatWasAskedForAtAMomentThatIsStillToComeDoesNotServe) {
  const absl::Time asked = clock_.Now();
  memory_.Remember(Tag(), kFirst, asked);
  clock_.Set(asked - absl::Hours(1));
  EXPECT_EQ(memory_.Find(Tag()), std::nullopt);
  EXPECT_EQ(memory_.BeginRefresh(Tag(), kFirst), std::nullopt);
  // And stands in nobody's way.
  memory_.Remember(Tag(), kSecond, clock_.Now());
  EXPECT_EQ(memory_.Find(Tag()), kSecond);
}

TEST_F(TagMemoryTest, AClockThatIsSetBackAddsNoMoreThanALife) {
  const absl::Time asked = clock_.Now();
  memory_.Remember(Tag(), kFirst, asked);
  absl::Duration passed = kLife - absl::Nanoseconds(1);
  clock_.Advance(passed);
  EXPECT_EQ(memory_.Find(Tag()), kFirst);
  clock_.Set(asked);
  clock_.Advance(kLife);
  passed += kLife;
  EXPECT_LT(passed, 2 * kLife);
  EXPECT_EQ(memory_.Find(Tag()), std::nullopt);
}

TEST_F(TagMemoryTest, IsBoundedInEntries) {
  TagMemory memory(&clock_, {.life = kLife, .entries = 2});
  for (const char* const tag : {"1", "2", "3"}) memory.Remember(Tag(tag), kFirst, clock_.Now());
  EXPECT_EQ(memory.size(), 2u);
  EXPECT_EQ(memory.Find(Tag("1")), std::nullopt);
  EXPECT_EQ(memory.Find(Tag("3")), kFirst);
}

TEST_F(TagMemoryTest, IsBoundedInBytesOfWhichKeysArePart) {
  constexpr size_t kBytes = 8 << 10;
  TagMemory memory(&clock_, {.life = kLife, .bytes = kBytes});
  const auto fill = [&](size_t length) {
    for (int i = 0; i < 100; ++i) {
      memory.Remember(Tag(absl::StrCat(i, std::string(length, 'x'))), kFirst, clock_.Now());
      EXPECT_LE(memory.bytes(), kBytes);
    }
    return memory.size();
  };
  const size_t with_short_tags = fill(1);
  const size_t with_long_tags = fill(oci::kMaxTagBytes - 3);
  EXPECT_GT(with_short_tags, with_long_tags);
  EXPECT_GT(with_long_tags, 10u);
  EXPECT_GT(memory.bytes(), with_long_tags * oci::kMaxTagBytes);
}

}  // namespace
}  // namespace countersign::verifier

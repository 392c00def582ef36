#include "shim/affinity.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::shim {
namespace {

using testing::Each;
using testing::Optional;

constexpr uint64_t kKeys = 10'000;

// So many, all connected, with nothing to do.
std::vector<VerifierAt> Verifiers(size_t count) {
  std::vector<VerifierAt> verifiers;
  for (size_t i = 0; i < count; ++i) {
    verifiers.push_back(
        {.hash = AffinityHash(absl::StrCat("10.0.0.", i + 1, ":8090")), .is_connected = true});
  }
  return verifiers;
}

uint64_t KeyOf(uint64_t number) {
  const std::string reference = absl::StrCat("registry.example.org/team/app-", number, ":1");
  return AffinityKey({reference});
}

size_t First(uint64_t key, const std::vector<VerifierAt>& verifiers) {
  return ChooseVerifier(key, verifiers).value();
}

TEST(AffinityKey, TagsAndDigestsDoNotCount) {
  const std::string digest = absl::StrCat("@sha256:", std::string(64, 'a'));
  const uint64_t key = AffinityKey({"registry.test:5000/team/app"});
  EXPECT_EQ(AffinityKey({"registry.test:5000/team/app:1"}), key);
  EXPECT_EQ(AffinityKey({absl::StrCat("registry.test:5000/team/app", digest)}), key);
  EXPECT_EQ(AffinityKey({absl::StrCat("registry.test:5000/team/app:1", digest)}), key);
  EXPECT_EQ(AffinityKey({absl::StrCat("nginx:latest", digest)}), AffinityKey({"nginx"}));
}

TEST(AffinityKey, OtherRepositoriesAndPortsDo) {
  const uint64_t key = AffinityKey({"registry.test:5000/team/app"});
  EXPECT_NE(AffinityKey({"registry.test:5000/team/app2"}), key);
  EXPECT_NE(AffinityKey({"registry.test:5001/team/app"}), key);
  EXPECT_NE(AffinityKey({"registry.test/team/app"}), key);
  EXPECT_NE(AffinityKey({"registry.test:5000/team/app", "nginx"}), key);
  EXPECT_NE(AffinityKey({}), key);
  EXPECT_NE(AffinityKey({"a/bc", "d"}), AffinityKey({"a/b", "cd"}));
}

TEST(AffinityKey, NeitherOrderNorRepetitionCounts) {
  EXPECT_EQ(AffinityKey({"a:1", "b", "a:2"}), AffinityKey({"b:7", "a"}));
}

// Shims of two releases, and each of several, must agree while they are replaced.
TEST(AffinityKey, IsTheSameInEveryProcess) {
  EXPECT_EQ(AffinityHash("10.0.0.1:8090"), 11303960563770444245u);
  EXPECT_EQ(AffinityKey({"registry.example.org/team/app:1", "nginx"}), 2732793531904464610u);
}

TEST(ChooseVerifier, KeysAreSpreadEvenly) {
  for (const size_t count : {2, 3, 10}) {
    const std::vector<VerifierAt> verifiers = Verifiers(count);
    std::vector<double> keys(count);
    for (uint64_t i = 0; i < kKeys; ++i) ++keys[First(KeyOf(i), verifiers)];
    EXPECT_THAT(keys, Each(testing::DoubleNear(1.0 * kKeys / count, 0.1 * kKeys / count)));
  }
}

// As those of health checks and policies.
TEST(ChooseVerifier, TurnsAreSpreadEvenlyToo) {
  const std::vector<VerifierAt> verifiers = Verifiers(3);
  std::vector<double> turns(3);
  for (uint64_t i = 0; i < kKeys; ++i) ++turns[First(AffinityHash(i), verifiers)];
  EXPECT_THAT(turns, Each(testing::DoubleNear(kKeys / 3.0, 0.1 * kKeys / 3.0)));
}

TEST(ChooseVerifier, OnlyTheKeysOfOneThatGoesMoveAndTheyGoToAllOthers) {
  std::vector<VerifierAt> verifiers = Verifiers(5);
  const std::vector<VerifierAt> all = verifiers;
  verifiers[2].is_connected = false;
  std::vector<double> moved(5);
  for (uint64_t i = 0; i < kKeys; ++i) {
    const size_t before = First(KeyOf(i), all);
    const size_t after = First(KeyOf(i), verifiers);
    if (before == 2) {
      ++moved[after];
    } else {
      EXPECT_EQ(after, before);
    }
  }
  EXPECT_EQ(moved[2], 0);
  moved.erase(moved.begin() + 2);
  EXPECT_THAT(moved, Each(testing::DoubleNear(kKeys / 20.0, 0.2 * kKeys / 20.0)));
}

TEST(ChooseVerifier, TheOrderOfAddressesDoesNotCount) {
  const std::vector<VerifierAt> verifiers = Verifiers(5);
  const std::vector<VerifierAt> reversed(verifiers.rbegin(), verifiers.rend());
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(First(KeyOf(i), verifiers), 4 - First(KeyOf(i), reversed));
  }
}

TEST(ChooseVerifier, OneThatTurnsAwayIsPassedOverUnlessAllDo) {
  std::vector<VerifierAt> verifiers = Verifiers(3);
  const uint64_t key = KeyOf(1);
  const size_t first = First(key, verifiers);
  verifiers[first].turns_away = true;
  const size_t second = First(key, verifiers);
  EXPECT_NE(second, first);
  for (VerifierAt& verifier : verifiers) verifier.turns_away = true;
  EXPECT_EQ(First(key, verifiers), first);
}

TEST(ChooseVerifier, TheOneThatWasAskedIsAskedAgainOnlyWhereItIsAlone) {
  std::vector<VerifierAt> verifiers = Verifiers(2);
  const uint64_t key = KeyOf(1);
  const size_t first = First(key, verifiers);
  const size_t other = 1 - first;
  // Even if the other is worse.
  verifiers[other].turns_away = true;
  EXPECT_THAT(ChooseVerifier(key, verifiers, first), Optional(other));
  verifiers[other].is_connected = false;
  EXPECT_THAT(ChooseVerifier(key, verifiers, first), Optional(first));
}

TEST(ChooseVerifier, WithoutAConnectionThereIsNone) {
  std::vector<VerifierAt> verifiers = Verifiers(2);
  for (VerifierAt& verifier : verifiers) verifier.is_connected = false;
  EXPECT_EQ(ChooseVerifier(KeyOf(1), verifiers), std::nullopt);
  EXPECT_EQ(ChooseVerifier(KeyOf(1), verifiers, 0), std::nullopt);
  EXPECT_EQ(ChooseVerifier(KeyOf(1), {}), std::nullopt);
}

TEST(ChooseVerifier, AFewCallsMeetAndManyAreSharedOut) {
  std::vector<VerifierAt> verifiers = Verifiers(10);
  const uint64_t key = KeyOf(1);
  const size_t first = First(key, verifiers);
  for (size_t i = 0; i < kCallsWithoutBound; ++i) ++verifiers[First(key, verifiers)].calls;
  EXPECT_EQ(verifiers[first].calls, kCallsWithoutBound);
  // All for one image.
  for (size_t i = kCallsWithoutBound; i < 1'000; ++i) ++verifiers[First(key, verifiers)].calls;
  for (const VerifierAt& verifier : verifiers) EXPECT_LE(verifier.calls, 125u);
  EXPECT_EQ(verifiers[first].calls, 125u);
}

TEST(ChooseVerifier, WhereThoseThatAreLeftHaveTooMuchTheyAreAskedAllTheSame) {
  std::vector<VerifierAt> verifiers = Verifiers(2);
  verifiers[0].calls = 100;
  verifiers[1].turns_away = true;
  EXPECT_EQ(First(KeyOf(1), verifiers), 0u);
}

TEST(MostCalls, IsAQuarterMoreThanTheShare) {
  EXPECT_EQ(MostCalls(0, 10), kCallsWithoutBound);
  EXPECT_EQ(MostCalls(99, 1), 125u);
  EXPECT_EQ(MostCalls(399, 2), 250u);
  EXPECT_EQ(MostCalls(399, 4), 125u);
  EXPECT_EQ(MostCalls(99, 0), 125u);
}

}  // namespace
}  // namespace countersign::shim

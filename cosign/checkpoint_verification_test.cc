#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cosign/checkpoint.h"
#include "cosign/checkpoint_fixture.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::TestKey;
using crypto::TestKeyType;
using crypto::TestScheme;

TEST(VerifyCheckpoint, HoldsForWhatLogsSign) {
  const CheckpointSigner rekor1 = {TestKey::Generate(), kRekor1};
  EXPECT_TRUE(rekor1.Holds(rekor1.Sign(rekor1.Text())));
  const std::string with_time = absl::StrCat(rekor1.Text(), "Timestamp: 1700000000123456789\n");
  EXPECT_TRUE(Verifies(absl::StrCat(with_time, "\n", rekor1.Sign(with_time)), rekor1.key.Public(),
                       kRekor1));
  EXPECT_FALSE(Verifies(absl::StrCat(with_time, "\n", rekor1.Sign(rekor1.Text())),
                        rekor1.key.Public(), kRekor1));
  const CheckpointSigner rekor2 = Ed25519Log();
  EXPECT_TRUE(rekor2.Holds(rekor2.Sign(rekor2.Text())));
}

TEST(VerifyCheckpoint, LinesOfOthersAreIgnoredInAnyOrder) {
  for (const CheckpointSigner& log :
       {Ed25519Log(), CheckpointSigner{TestKey::Generate(), kRekor1}}) {
    const std::string own = log.Sign(log.Text());
    const std::string witness = WitnessLine(log.Text());
    const std::string another = WitnessLine(log.Text());
    EXPECT_TRUE(log.Holds(absl::StrCat(own, witness, another)));
    EXPECT_TRUE(log.Holds(absl::StrCat(witness, own, another)));
    EXPECT_TRUE(log.Holds(absl::StrCat(witness, another, own)));
    EXPECT_FALSE(log.Holds(absl::StrCat(witness, another)));
  }
}

TEST(VerifyCheckpoint, ASecondKeyOfTheSameNameIsIgnored) {
  const CheckpointSigner log = Ed25519Log();
  const CheckpointSigner second = {TestKey::Generate()};
  const std::string own = log.Sign(log.Text());
  const std::string of_second = second.Sign(log.Text());
  EXPECT_TRUE(log.Holds(absl::StrCat(own, of_second)));
  EXPECT_TRUE(log.Holds(absl::StrCat(of_second, own, WitnessLine(log.Text()))));
  EXPECT_FALSE(log.Holds(of_second));
  EXPECT_TRUE(second.Holds(absl::StrCat(own, of_second)));
}

TEST(VerifyCheckpoint, TheKeyIdMustBeTheKeys) {
  const CheckpointSigner log = {TestKey::Generate(), kRekor1};
  const std::string signature = log.key.Sign(log.Text());
  ASSERT_TRUE(log.Holds(SignatureLine(log.name, log.KeyId(), signature)));
  for (size_t i = 0; i < 4; ++i) {
    std::string id = log.KeyId();
    id[i] = static_cast<char>(id[i] ^ 1);
    EXPECT_FALSE(log.Holds(SignatureLine(log.name, id, signature))) << i;
  }
}

TEST(VerifyCheckpoint, AChangedSignatureDoesNotHold) {
  const CheckpointSigner log = {TestKey::Generate(), kRekor1};
  std::string signature = log.key.Sign(log.Text());
  signature[20] = static_cast<char>(signature[20] ^ 1);
  EXPECT_FALSE(log.Holds(SignatureLine(log.name, log.KeyId(), signature)));
}

TEST(VerifyCheckpoint, EveryByteOfTheTextIsSigned) {
  const CheckpointSigner log = Ed25519Log();
  const Checkpoint checkpoint =
      ParseCheckpoint(absl::StrCat(log.Text(), "\n", log.Sign(log.Text()))).value();
  const std::vector<std::string> names = {std::string(kOrigin)};
  ASSERT_TRUE(VerifyCheckpoint(checkpoint, log.key.Public(), kRekor2, names));
  for (size_t i = 0; i < checkpoint.text.size(); ++i) {
    Checkpoint changed = checkpoint;
    changed.text[i] = static_cast<char>(changed.text[i] ^ 1);
    EXPECT_FALSE(VerifyCheckpoint(changed, log.key.Public(), kRekor2, names)) << i;
  }
}

TEST(VerifyCheckpoint, AnotherLogHasNotSignedIt) {
  const auto rekor1 = [] { return CheckpointSigner{TestKey::Generate(), kRekor1}; };
  for (const auto& [log, other] : {std::pair(Ed25519Log(), Ed25519Log()), {rekor1(), rekor1()}}) {
    EXPECT_FALSE(log.Holds(other.Sign(log.Text())));
    // Under the id of the log's key, too.
    EXPECT_FALSE(
        log.Holds(SignatureLine(log.name, log.KeyId(), other.key.Sign(log.Text(), other.scheme))));
  }
}

TEST(VerifyCheckpoint, ABadLineOfTheLogSpoilsIt) {
  for (const LogGeneration generation : {kRekor1, kRekor2}) {
    const CheckpointSigner log = {TestKey::Generate(), generation};
    const std::string good = log.Sign(log.Text());
    EXPECT_TRUE(log.Holds(good));
    EXPECT_FALSE(log.Holds(log.SignOther()));
    EXPECT_FALSE(log.Holds(absl::StrCat(good, log.SignOther())));
    EXPECT_FALSE(log.Holds(absl::StrCat(log.SignOther(), good)));
    EXPECT_FALSE(log.Holds(absl::StrCat(good, good, log.SignOther())));
  }
}

TEST(VerifyCheckpoint, TheLogMaySignTwice) {
  const CheckpointSigner log = {TestKey::Generate()};
  const std::string good = log.Sign(log.Text());
  EXPECT_TRUE(log.Holds(absl::StrCat(good, log.Sign(log.Text()), good)));
}

TEST(VerifyCheckpoint, ALogOfRekor1MaySignInAnyName) {
  CheckpointSigner log = {TestKey::Generate(), kRekor1};
  log.name = "rekor.internal:3000";
  EXPECT_TRUE(log.Holds(log.Sign(log.Text())));
}

TEST(VerifyCheckpoint, ALogOfRekor2SignsInItsNames) {
  const TestKey key = TestKey::Generate();
  CheckpointSigner log = {key};
  log.name = "log.example.org:8443";
  const std::string envelope = absl::StrCat(log.Text(), "\n", log.Sign(log.Text()));
  EXPECT_FALSE(Verifies(envelope, key.Public(), kRekor2, {std::string(kOrigin)}));
  EXPECT_FALSE(Verifies(envelope, key.Public(), kRekor2, {log.name}));
  EXPECT_TRUE(Verifies(envelope, key.Public(), kRekor2, {std::string(kOrigin), log.name}));
  EXPECT_FALSE(Verifies(envelope, key.Public(), kRekor2, {}));
}

TEST(VerifyCheckpoint, ALineInAnotherNameDoesNotSpoilRekor2s) {
  const TestKey key = TestKey::Generate();
  const CheckpointSigner log = {key};
  CheckpointSigner other = {key};
  other.name = "witness";
  EXPECT_TRUE(log.Holds(absl::StrCat(log.Sign(log.Text()), other.SignOther())));
}

TEST(VerifyCheckpoint, TheOriginMustBeTheLogs) {
  const CheckpointSigner log = Ed25519Log();
  const std::string text = CheckpointText("other.example.org");
  const std::string envelope = absl::StrCat(text, "\n", log.Sign(text));
  EXPECT_FALSE(Verifies(envelope, log.key.Public(), kRekor2, {std::string(kOrigin)}));
  EXPECT_TRUE(
      Verifies(envelope, log.key.Public(), kRekor2, {"other.example.org", std::string(kOrigin)}));
}

TEST(VerifyCheckpoint, GenerationsHaveTheirOwnOrigins) {
  const TestKey key = TestKey::Generate();
  const std::vector<std::string> names = {std::string(kOrigin), std::string(kRekor1Origin)};
  const auto sign = [&key](std::string_view origin) {
    const CheckpointSigner log = {key};
    return absl::StrCat(CheckpointText(origin), "\n", log.Sign(CheckpointText(origin)));
  };
  EXPECT_TRUE(Verifies(sign(kOrigin), key.Public(), kRekor2, names));
  EXPECT_FALSE(Verifies(sign(kOrigin), key.Public(), kRekor1, names));
  EXPECT_TRUE(Verifies(sign(kRekor1Origin), key.Public(), kRekor1, names));
  EXPECT_FALSE(Verifies(sign(kRekor1Origin), key.Public(), kRekor2, {std::string(kOrigin)}));
  for (const std::string_view origin :
       {"log.example.org - ", "log.example.org - x7", "log.example.org - 7 ", "log.example.org -7",
        "log.example.org 7"}) {
    EXPECT_FALSE(Verifies(sign(origin), key.Public(), kRekor1)) << origin;
  }
}

TEST(VerifyCheckpoint, AnUnknownGenerationNeverHolds) {
  const CheckpointSigner log = {TestKey::Generate()};
  for (const std::string_view origin : {kOrigin, kRekor1Origin}) {
    EXPECT_FALSE(
        Verifies(absl::StrCat(CheckpointText(origin), "\n", log.Sign(CheckpointText(origin))),
                 log.key.Public(), LogGeneration::kUnspecified, {std::string(origin)}));
  }
}

TEST(VerifyCheckpoint, EachKeySignsByItsGenerationsScheme) {
  struct Case {
    TestKeyType type;
    LogGeneration generation;
    TestScheme scheme;
    bool holds;
  };
  for (const Case& tried : std::vector<Case>{
           {TestKeyType::kEcdsaP256, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP256, kRekor2, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP256, kRekor2, TestScheme::kSha384, false},
           {TestKeyType::kEcdsaP384, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP384, kRekor1, TestScheme::kSha384, false},
           {TestKeyType::kEcdsaP384, kRekor2, TestScheme::kSha384, true},
           {TestKeyType::kEcdsaP384, kRekor2, TestScheme::kSha256, false},
           {TestKeyType::kEcdsaP521, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kEcdsaP521, kRekor1, TestScheme::kSha512, false},
           {TestKeyType::kEcdsaP521, kRekor2, TestScheme::kSha512, true},
           {TestKeyType::kEcdsaP521, kRekor2, TestScheme::kSha256, false},
           {TestKeyType::kRsa2048, kRekor1, TestScheme::kSha256, true},
           {TestKeyType::kRsa2048, kRekor2, TestScheme::kSha256, true},
           {TestKeyType::kRsa2048, kRekor2, TestScheme::kSha512, false},
           {TestKeyType::kEd25519, kRekor1, TestScheme::kPureEd25519, true},
           {TestKeyType::kEd25519, kRekor2, TestScheme::kPureEd25519, true},
           {TestKeyType::kEd25519, kRekor2, TestScheme::kDefault, false},  // Ed25519ph
       }) {
    const CheckpointSigner log = {TestKey::Generate(tried.type), tried.generation, tried.scheme};
    EXPECT_EQ(log.Holds(log.Sign(log.Text())), tried.holds)
        << log.key.Public().Description() << ", generation " << static_cast<int>(tried.generation)
        << ", scheme " << static_cast<int>(tried.scheme);
  }
}

}  // namespace
}  // namespace countersign::cosign

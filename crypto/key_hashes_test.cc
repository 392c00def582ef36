#include "crypto/key_hashes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using enum HashAlgorithm;

TEST(KeyHashes, AreThoseThatClientsUseIfNothingIsSaid) {
  EXPECT_THAT(UsualHashes(KeyAlgorithm::kEcdsaP256), ElementsAre(kSha256));
  EXPECT_THAT(UsualHashes(KeyAlgorithm::kEcdsaP384), ElementsAre(kSha384, kSha256));
  EXPECT_THAT(UsualHashes(KeyAlgorithm::kEcdsaP521), ElementsAre(kSha512, kSha256));
  EXPECT_THAT(UsualHashes(KeyAlgorithm::kRsa), ElementsAre(kSha256));
  EXPECT_THAT(UsualHashes(KeyAlgorithm::kEd25519), ElementsAre(kSha512));
}

TEST(KeyHashes, AreOfEcdsaTheOneThatIsSaidAndTheOneOfTheCurve) {
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP256, kSha256), ElementsAre(kSha256));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP256, kSha384), ElementsAre(kSha256, kSha384));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP256, kSha512), ElementsAre(kSha256, kSha512));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP384, kSha256), ElementsAre(kSha384, kSha256));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP384, kSha384), ElementsAre(kSha384));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP384, kSha512), ElementsAre(kSha384, kSha512));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP521, kSha256), ElementsAre(kSha512, kSha256));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP521, kSha384), ElementsAre(kSha512, kSha384));
  EXPECT_THAT(HashesWith(KeyAlgorithm::kEcdsaP521, kSha512), ElementsAre(kSha512));
}

TEST(KeyHashes, AreOfRsaTheOneThatIsSaid) {
  for (const HashAlgorithm said : {kSha256, kSha384, kSha512}) {
    EXPECT_THAT(HashesWith(KeyAlgorithm::kRsa, said), ElementsAre(said));
  }
}

TEST(KeyHashes, AreOfEd25519ItsOwnWhateverIsSaid) {
  for (const HashAlgorithm said : {kUnspecified, kSha256, kSha384, kSha512}) {
    EXPECT_THAT(HashesWith(KeyAlgorithm::kEd25519, said),
                ElementsAreArray(UsualHashes(KeyAlgorithm::kEd25519)));
  }
}

TEST(KeyHashes, AreNoneIfTheOneThatIsSaidIsUnknown) {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEcdsaP256, KeyAlgorithm::kEcdsaP384,
                                       KeyAlgorithm::kEcdsaP521, KeyAlgorithm::kRsa}) {
    EXPECT_THAT(HashesWith(algorithm, kUnspecified), IsEmpty());
  }
}

}  // namespace
}  // namespace countersign::crypto

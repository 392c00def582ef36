#include "cosign/hash_name.h"

#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::HashAlgorithm;

TEST(HashName, IsSigstores) {
  EXPECT_EQ(HashNamed("SHA2_256"), HashAlgorithm::kSha256);
  EXPECT_EQ(HashNamed("SHA2_384"), HashAlgorithm::kSha384);
  EXPECT_EQ(HashNamed("SHA2_512"), HashAlgorithm::kSha512);
}

TEST(HashName, OfAnotherHashIsNotKnown) {
  for (const char* other : {"", "HASH_ALGORITHM_UNSPECIFIED", "sha2_256", "SHA256", "sha256",
                            "SHA3_256", "SHA2_256 ", "1"}) {
    EXPECT_EQ(HashNamed(other), HashAlgorithm::kUnspecified) << other;
  }
}

}  // namespace
}  // namespace countersign::cosign

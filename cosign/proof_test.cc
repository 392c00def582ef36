#include "cosign/proof.h"

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

TEST(Proof, TakesWhatIsAllocatedForItsTextsListsAndNodes) {
  Proof proof;
  EXPECT_EQ(AllocatedBytes(proof), 0u);
  proof.subject = std::string(100, 's');
  proof.predicate_type = std::string(60, 't');
  size_t expected = 112 + 80;
  EXPECT_EQ(AllocatedBytes(proof), expected);
  proof.times = {absl::UnixEpoch(), absl::UnixEpoch()};
  proof.log_indexes = {1, 2, 3};
  static_assert(sizeof(absl::Time) <= 16);
  expected += (2 * sizeof(absl::Time) + 8 + 15) / 16 * 16 + 32;
  EXPECT_EQ(AllocatedBytes(proof), expected);
}

TEST(CertificateIdentity, TakesWhatIsAllocatedForItsTextsListsAndNodes) {
  Proof proof;
  CertificateIdentity& identity = proof.identity.emplace();
  EXPECT_EQ(AllocatedBytes(proof), 0u);
  identity.issuer = std::string(50, 'i');
  size_t expected = 64;
  EXPECT_EQ(AllocatedBytes(proof), expected);
  // A short one is in its element.
  identity.subjects = {std::string(100, 's'), "short"};
  expected += 80 + 112;
  EXPECT_EQ(AllocatedBytes(proof), expected);
  identity.extensions = {{"short", "short"}, {std::string(20, 'n'), std::string(40, 't')}};
  expected += 2 * 112 + 32 + 64;
  EXPECT_EQ(AllocatedBytes(proof), expected);
  EXPECT_EQ(AllocatedBytes(identity), expected);
}

}  // namespace
}  // namespace countersign::cosign

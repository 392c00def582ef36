// How much is looked at to find a path.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/certificate.h"
#include "crypto/certificate_chain.h"
#include "crypto/certificate_chain_fixture.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

using ::testing::SizeIs;
using ::testing::VariantWith;

TEST(FindPathLimits, TenCertificatesToLookAt) {
  const Chain chain = Make({});
  std::vector<Certificate> ten(9, chain.leaf);
  ten.push_back(chain.intermediate);
  std::vector<Certificate> eleven(10, chain.leaf);
  eleven.push_back(chain.intermediate);
  EXPECT_THAT(Find(chain.leaf, ten, ten), Found(chain.leaf, chain.intermediate));
  EXPECT_THAT(Find(chain.leaf, eleven), Refused(ChainFault::kLimit));
  EXPECT_THAT(Find(chain.leaf, ten, eleven), Refused(ChainFault::kLimit));
}

TEST(FindPathLimits, EightCertificatesInAPath) {
  for (const int authorities : {7, 8}) {
    std::vector<TestCertificate> requests = {AuthorityParts("0", "0")};
    std::vector<Certificate> path = {MakeTestCertificate(requests[0], requests[0].key)};
    for (int i = 1; i < authorities; ++i) {
      requests.push_back(AuthorityParts(absl::StrCat(i), absl::StrCat(i - 1)));
      path.insert(path.begin(), MakeTestCertificate(requests[i], requests[i - 1].key));
    }
    const Certificate leaf =
        MakeTestCertificate(SignerParts(absl::StrCat(authorities - 1)), requests.back().key);
    if (authorities == 7) {
      EXPECT_THAT(Find(leaf, path), VariantWith<std::vector<Certificate>>(SizeIs(8)));
    } else {
      EXPECT_THAT(Find(leaf, path), Refused(ChainFault::kLimit));
    }
  }
}

// A leaf, and authorities of one name: some that have signed nothing, and two, in an order that
// is said, of which `lower` has signed the leaf and `upper`, which the root has signed, the lower.
Outcome FindAmongNamesakes(size_t strangers, bool upper_first) {
  const TestCertificate root = AuthorityParts("root", "root");
  const TestCertificate upper = AuthorityParts("same", "root");
  const TestCertificate lower = AuthorityParts("same", "same");
  const Certificate leaf = MakeTestCertificate(SignerParts("same"), lower.key);
  std::vector<Certificate> candidates;
  for (size_t i = 0; i < strangers; ++i) {
    candidates.push_back(MakeTestCertificate(AuthorityParts("same", "same"), TestKey::Generate()));
  }
  candidates.push_back(MakeTestCertificate(lower, upper.key));
  candidates.push_back(MakeTestCertificate(upper, root.key));
  if (upper_first) std::swap(candidates.back(), candidates[strangers]);
  std::vector<Certificate> authority(candidates.begin(), candidates.begin() + 9);
  authority.push_back(MakeTestCertificate(root, root.key));
  return Find(leaf, authority, {candidates.begin() + 9, candidates.end()});
}

TEST(FindPathLimits, ThirtyTwoSignatures) {
  // 14 + 2 for the leaf, 14 + 1 for the lower, 1 for the upper: 32.
  EXPECT_THAT(FindAmongNamesakes(14, true), VariantWith<std::vector<Certificate>>(SizeIs(4)));
  // 15 + 1 for the leaf, 15 + 1 for the lower, 1 for the upper: 33.
  EXPECT_THAT(FindAmongNamesakes(15, false), Refused(ChainFault::kLimit));
}

// Authorities that have all certified each other, and no way out.
TEST(FindPathLimits, HoldInAMaze) {
  const TestKey key = TestKey::Generate();
  std::vector<Certificate> maze;
  for (uint64_t serial = 1; serial <= 20; ++serial) {
    TestCertificate requests = AuthorityParts("maze", "maze");
    requests.key = key;
    requests.serial = serial;
    maze.push_back(MakeTestCertificate(requests, key));
  }
  TestCertificate root = AuthorityParts("root", "root");
  std::vector<Certificate> authority(maze.begin(), maze.begin() + 9);
  authority.push_back(MakeTestCertificate(root, root.key));
  EXPECT_THAT(Find(MakeTestCertificate(SignerParts("maze"), key), authority,
                   {maze.begin() + 10, maze.end()}),
              Refused(ChainFault::kLimit));
}

}  // namespace
}  // namespace countersign::crypto

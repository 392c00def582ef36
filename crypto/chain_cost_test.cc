#include "crypto/chain_cost.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/certificate_chain.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

Certificate Issued(std::string_view subject, std::string_view issuer,
                   const TestKey& key = TestKey::Generate(),
                   const TestKey& issuer_key = TestKey::Generate()) {
  return MakeTestCertificate({.subject = std::string(subject),
                              .issuer = std::string(issuer),
                              .key = key,
                              .extensions = {TestBasicConstraints(true)}},
                             issuer_key);
}

TEST(ChainCost, IsOfEachStepToTheAnchor) {
  const TestKey p384 = TestKey::Generate(TestKeyType::kEcdsaP384);
  const Certificate root = Issued("root", "root", p384);
  const Certificate intermediate = Issued("intermediate", "root");
  EXPECT_EQ(CostToFindPath(Issued("leaf", "root"), {root}, {}), 10u);
  EXPECT_EQ(CostToFindPath(Issued("leaf", "intermediate"), {intermediate, root}, {}), 11u);
  EXPECT_EQ(CostToFindPath(Issued("leaf", "intermediate"), {root}, {intermediate}), 11u);
  // Which does not lead on from the anchor.
  EXPECT_EQ(CostToFindPath(Issued("leaf", "intermediate"), {root, intermediate}, {}), 1u);
}

TEST(ChainCost, OfWhatNobodyThereHasIssuedIsNothing) {
  const Certificate root = Issued("root", "root");
  EXPECT_EQ(CostToFindPath(Issued("leaf", "another root"), {root}, {}), 0u);
  EXPECT_EQ(CostToFindPath(Issued("leaf", "root"), {}, {root}), 0u);
  // FindPath refuses those without looking at them.
  EXPECT_EQ(CostToFindPath(Issued("leaf", "root"), {root},
                           std::vector<Certificate>(kMaxChainCertificates + 1, root)),
            0u);
}

// Everybody may have issued everybody.
TEST(ChainCost, IsBoundedInAMaze) {
  std::vector<Certificate> maze;
  for (size_t i = 0; i < kMaxChainCertificates; ++i) maze.push_back(Issued("x", "x"));
  const Certificate root = Issued("root", "root");
  EXPECT_EQ(CostToFindPath(Issued("leaf", "x"), {root}, maze), kMaxSignatureChecks);
  maze.back() = Issued("x", "x", TestKey::Generate(TestKeyType::kEcdsaP521));
  EXPECT_EQ(CostToFindPath(Issued("leaf", "x"), {root}, maze), 24 * kMaxSignatureChecks);
}

TEST(ChainCost, IsBoundedByTheLengthOfAPath) {
  std::vector<Certificate> line;
  for (size_t i = 0; i < kMaxChainCertificates; ++i) {
    line.push_back(Issued(absl::StrCat(i), absl::StrCat(i + 1)));
  }
  const Certificate root = Issued("root", "root");
  EXPECT_EQ(CostToFindPath(Issued("leaf", "0"), {root}, line), kMaxPathLength - 1);
}

}  // namespace
}  // namespace countersign::crypto

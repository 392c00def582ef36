#include "cosign/inclusion_proof.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cosign/test_merkle_tree.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

using crypto::Sha256Digest;

std::string BytesOf(const Sha256Digest& digest) {
  return std::string(digest.begin(), digest.end());
}

Sha256Digest FromHex(std::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  Sha256Digest digest = {};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

std::vector<Sha256Digest> Leaves(size_t size) {
  std::vector<Sha256Digest> leaves;
  for (size_t i = 0; i < size; ++i) leaves.push_back(LeafHash(absl::StrCat("entry ", i)));
  return leaves;
}

struct LeafProof {
  Sha256Digest leaf;
  uint64_t index;
  uint64_t size;
  std::vector<Sha256Digest> hashes;
  Sha256Digest root;
};

bool Holds(const LeafProof& given) {
  return VerifyInclusion(given.leaf, given.index, given.size, given.hashes, given.root);
}

LeafProof Read(std::string_view leaf, uint64_t index, uint64_t size,
               const std::vector<std::string_view>& hashes, std::string_view root) {
  LeafProof given = {FromHex(leaf), index, size, {}, FromHex(root)};
  for (const std::string_view hash : hashes) given.hashes.push_back(FromHex(hash));
  return given;
}

// The root of a tree that is too large to make, from its definition (RFC 6962 section 2.1) and for
// the one entry; the subtrees beside its path are made up, and added to `hashes`.
Sha256Digest MakeUpTree(uint64_t index, uint64_t size, std::vector<Sha256Digest>& hashes) {
  if (size == 1) return LeafHash("the entry");
  const uint64_t split = std::bit_floor(size - 1);
  const bool is_left = index < split;
  const std::string child = BytesOf(is_left ? MakeUpTree(index, split, hashes)
                                            : MakeUpTree(index - split, size - split, hashes));
  hashes.push_back(crypto::Sha256(absl::StrCat("beside ", index, " of ", size)));
  const std::string sibling = BytesOf(hashes.back());
  return crypto::Sha256(absl::StrCat("\x01", is_left ? child : sibling, is_left ? sibling : child));
}

LeafProof EntryOf(uint64_t index, uint64_t size) {
  LeafProof given = {LeafHash("the entry"), index, size, {}, {}};
  given.root = MakeUpTree(index, size, given.hashes);
  return given;
}

// As a log gives it: of the latest entry of a shard that has tens of millions.
LeafProof Latest() { return EntryOf(91752603, 91752604); }

TEST(LeafHash, IsTheLogs) {
  // By sha256sum.
  EXPECT_EQ(LeafHash("an entry"),
            FromHex("83f8e3a5ce2ae8fe980851683b2e367b793fd04ab7c1322f3042e75c16141833"));
  EXPECT_EQ(LeafHash(""),
            FromHex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
}

TEST(LeafHash, OfTwoHashesIsNoNode) {
  const std::vector<Sha256Digest> leaves = Leaves(2);
  EXPECT_NE(LeafHash(BytesOf(leaves[0]) + BytesOf(leaves[1])), TestTreeRoot(leaves));
}

TEST(VerifyInclusion, HoldsForEveryLeafOfTreesOfOneToFortyAndNoOtherIndex) {
  for (size_t size = 1; size <= 40; ++size) {
    const std::vector<Sha256Digest> leaves = Leaves(size);
    const Sha256Digest root = TestTreeRoot(leaves);
    for (size_t index = 0; index < size; ++index) {
      const std::vector<Sha256Digest> path = TestTreePath(index, leaves);
      for (size_t asked = 0; asked < size + 2; ++asked) {
        EXPECT_EQ(VerifyInclusion(leaves[index], asked, size, path, root), asked == index)
            << index << " as " << asked << " of " << size;
      }
    }
  }
}

TEST(VerifyInclusion, HoldsForNoOtherLeaf) {
  const std::vector<Sha256Digest> leaves = Leaves(13);
  const Sha256Digest root = TestTreeRoot(leaves);
  for (size_t index = 0; index < leaves.size(); ++index) {
    const std::vector<Sha256Digest> path = TestTreePath(index, leaves);
    const Sha256Digest& other = leaves[(index + 1) % leaves.size()];
    EXPECT_FALSE(VerifyInclusion(other, index, leaves.size(), path, root)) << index;
  }
}

TEST(VerifyInclusion, EveryHashCounts) {
  const std::vector<Sha256Digest> leaves = Leaves(21);
  const Sha256Digest root = TestTreeRoot(leaves);
  for (size_t index = 0; index < leaves.size(); ++index) {
    const std::vector<Sha256Digest> path = TestTreePath(index, leaves);
    for (size_t i = 0; i < path.size(); ++i) {
      std::vector<Sha256Digest> changed = path;
      changed[i][31] ^= 1;
      EXPECT_FALSE(VerifyInclusion(leaves[index], index, leaves.size(), changed, root))
          << "hash " << i << " of leaf " << index;
    }
  }
}

TEST(VerifyInclusion, TakesNoHashMoreAndNoneLess) {
  for (size_t size = 1; size <= 40; ++size) {
    const std::vector<Sha256Digest> leaves = Leaves(size);
    const Sha256Digest root = TestTreeRoot(leaves);
    for (size_t index = 0; index < size; ++index) {
      const std::vector<Sha256Digest> path = TestTreePath(index, leaves);
      std::vector<Sha256Digest> longer = path;
      longer.push_back(root);
      for (const Sha256Digest& wanted : {root, TestNodeHash(root, root)}) {
        EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, longer, wanted))
            << index << " of " << size;
      }
      for (size_t kept = 0; kept < path.size(); ++kept) {
        const auto shorter = absl::MakeSpan(path).subspan(0, kept);
        EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, shorter, root))
            << index << " of " << size;
      }
    }
  }
}

TEST(VerifyInclusion, AnInnerNodeIsNoRoot) {
  const std::vector<Sha256Digest> leaves = Leaves(8);
  const std::vector<Sha256Digest> path = TestTreePath(2, absl::MakeSpan(leaves).subspan(0, 4));
  const Sha256Digest inner = TestTreeRoot(absl::MakeSpan(leaves).subspan(0, 4));
  EXPECT_TRUE(VerifyInclusion(leaves[2], 2, 4, path, inner));
  EXPECT_FALSE(VerifyInclusion(leaves[2], 2, 8, path, inner));
}

TEST(VerifyInclusion, AnEmptyTreeHasNoLeaf) {
  const Sha256Digest leaf = LeafHash("entry");
  EXPECT_FALSE(VerifyInclusion(leaf, 0, 0, {}, leaf));
  EXPECT_TRUE(VerifyInclusion(leaf, 0, 1, {}, leaf));
}

TEST(VerifyInclusion, WalksTheTallestTree) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  const Sha256Digest leaf = LeafHash("entry");
  std::vector<Sha256Digest> path = Leaves(kMaxProofHashes);
  Sha256Digest root = leaf;
  for (const Sha256Digest& hash : path) root = TestNodeHash(root, hash);
  EXPECT_TRUE(VerifyInclusion(leaf, 0, kMost, path, root));
  EXPECT_FALSE(VerifyInclusion(leaf, kMost - 1, kMost, path, root));

  path.push_back(leaf);
  EXPECT_FALSE(VerifyInclusion(leaf, 0, kMost, path, TestNodeHash(root, leaf)));
}

// The tree of eight entries by which implementations of Certificate Transparency compare themselves.
TEST(VerifyInclusion, HoldsInTheTreeThatIsPublished) {
  const std::string_view first = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
  const std::string_view second =
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
  const std::string_view third_and_fourth =
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
  const std::string_view fifth = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
  EXPECT_TRUE(Holds(Read(first, 0, 1, {}, first)));
  EXPECT_TRUE(Holds(Read(first, 0, 8,
                         {second, third_and_fourth,
                          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"},
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")));
  EXPECT_TRUE(Holds(Read("4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658", 5, 8,
                         {fifth, "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")));
  EXPECT_TRUE(Holds(Read("0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7", 2, 3,
                         {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")));
  EXPECT_TRUE(Holds(Read(second, 1, 5, {first, third_and_fourth, fifth},
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")));
}

TEST(VerifyInclusion, HoldsInTreesAsLargeAsLogsHaveThem) {
  EXPECT_TRUE(Holds(Latest()));
  EXPECT_TRUE(Holds(EntryOf(30561871, 30561872)));
  EXPECT_TRUE(Holds(EntryOf(703184218, 703184219)));
  EXPECT_TRUE(Holds(EntryOf(12345678, 703184219)));
  EXPECT_TRUE(Holds(EntryOf(810, 811)));
}

// Rekor 1 counts its entries over all shards; the index in the shard's tree is another number.
TEST(VerifyInclusion, TheIndexOverAllShardsIsNotTheTrees) {
  LeafProof given = Latest();
  given.index += 4163431;
  EXPECT_FALSE(Holds(given));
  given.size = given.index + 1;
  EXPECT_FALSE(Holds(given));
}

TEST(VerifyInclusion, AProofIsNoneForALaterTree) {
  const LeafProof later = EntryOf(30561871, 91752604);
  LeafProof given = EntryOf(30561871, 30561872);
  given.root = later.root;
  EXPECT_FALSE(Holds(given));
  given.size = later.size;
  EXPECT_FALSE(Holds(given));
  given.hashes = later.hashes;
  EXPECT_TRUE(Holds(given));
}

TEST(VerifyInclusion, OneBitMakesItFalse) {
  LeafProof given = Latest();
  given.leaf[0] ^= 0x80;
  EXPECT_FALSE(Holds(given));
  given = Latest();
  given.hashes[0][0] ^= 0x01;
  EXPECT_FALSE(Holds(given));
  given = Latest();
  given.root[31] ^= 0x01;
  EXPECT_FALSE(Holds(given));
}

}  // namespace
}  // namespace countersign::cosign

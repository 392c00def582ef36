#include "cosign/inclusion_proof.h"

#include <algorithm>
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

struct Given {
  Sha256Digest leaf;
  uint64_t index;
  uint64_t size;
  std::vector<Sha256Digest> hashes;
  Sha256Digest root;
};

bool Holds(const Given& given) {
  return VerifyInclusion(given.leaf, given.index, given.size, given.hashes, given.root);
}

Given Read(std::string_view leaf, uint64_t index, uint64_t size,
           const std::vector<std::string_view>& hashes, std::string_view root) {
  Given given = {FromHex(leaf), index, size, {}, FromHex(root)};
  for (const std::string_view hash : hashes) given.hashes.push_back(FromHex(hash));
  return given;
}

// What logs gave: of the bundles with these names in sigstore-conformance.

// managed-key-happy-path, and the body of its entry.
Given ManagedKey() {
  return Read("251d7335e207fb694536143ecff500072df1cae8f388a9c181794f31e1b2d42e", 649584075,
              649584076,
              {
                  "cacc4f9eda030840c04064754086c4e03c0ae4ab6736b7643f6d8b126ab49422",
                  "e4bfe3e77e0fef8f97f5fd5b2860f6a2e5504d2a2fa18b3458891a5513d4eeaa",
                  "a95efa244942178bb76ce88ec9cd6a703681f8392c94bcf99c760689d415a3e6",
                  "f674369636eb9cea07493159f90018ccb060a67e469eb7615834c929bbbaadd4",
                  "3d3dc164ee9ca30653388752ed0f958ec2e14da1b91f3396bb46eff2f31821f9",
                  "1dca8c88ddb985cf1950205ec3d96f1b6fb32858282ef1d14838cd806ab7cd0a",
                  "555ac101b531b91cdf26b1439e43b7780d69371d93cddcd85d45fc5b42347cb2",
                  "faedc0e43c6b494951353206db3cec635eb0aa14e48f06d5f3b53bdd3c74d4c9",
                  "eb67a80330ee5ee9a78e7f5c41b3983960b41f5445fc80ec24a378be26483c18",
                  "bfda239c2bc7c978445730f8601c33053761d710febb89b32617c1cbb88b9604",
                  "c638e3ad50317bb842c3778e3a1ec99bfd0159c4b3f78f3c9a2a4aefa600b442",
                  "db817d369b97403822a9dbd33b1a6df864c080b765e801a7d2aa2356de86c3d4",
                  "3f49ce1caa629574a6e9ea32db4e4a797ecd5a40c23155173d7823d6e84be232",
                  "14f146b2e3ec39723f9eb400f50959b0dc89aa66654ebd22339466765882cbaf",
                  "b05246bc5bbb4a6c2e42869a9372b0737480e6508c8e1b045919c781c3bc1f8f",
                  "b4a5ebe5be481013dd8276af27b7e49418536721bd2b1c549c4f1cb17eb97aed",
                  "f77b31120ccefe0edc190e22db2b4f270489e0665a852a101720c5d4b6503de6",
                  "5fabe4c73d29a312b60c8951babffb2db11dcf78835e3e5063f80b93f7b05e30",
                  "6665246241c1cb507bdb726b12088abdea5374762b3facb66b8a0e0d8be2e556",
                  "4f80ea583e36840b4dfaf5fc8ca096aa80b899e13825e908f4bc5818270fcb53",
              },
              "ae7a5a7085d28e84e8103874a83e022c029d90f9d6d58e11d43845312f801a52");
}
constexpr std::string_view kManagedKeyBody =
    R"({"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256")"
    R"(,"value":"a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf"}},"signature)"
    R"(":{"content":"MEUCIQCACfhpIX3+zVXJjwEeIS0yFTK2jRfBjduXAaLHJSARHAIgSUdTM+S5xucODRFtrGHN2u)"
    R"(ClS0MRPhqZm76g0ZHEQ5c=","publicKey":{"content":"LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUZr)"
    R"(d0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFeFJSU1Q3OStQc3JSQm5HQUk0Y011Nk9tejJKaApmd2xN)"
    R"(VytnSXV0TktWUmFNeVM0clFLdmduZ2M1cDhVYkxqNTVwVkhoSW9BeGkvU1JnVVJaSTBKM1h3PT0KLS0tLS1FTkQg)"
    R"(UFVCTElDIEtFWS0tLS0tCg=="}}}})";

// happy-path-v0.3.
Given Rekor1() {
  return Read("aee3c920bb1132e929ed20e1c194579a60e95849f7a554e0033fdd26ee221629", 75408392,
              75408393,
              {
                  "d49ee1448106bd8740cb312cf8684013d2fedfca07c9edc185a960a10459a28e",
                  "5bf3940a487f96a0c3c1b0646603fb79357fc31e1689f0f5c2d7d12db6af7f12",
                  "f70c9ad811217cb1837c3455378e8e536457928cd608cd59e2a32ee923e25a86",
                  "651b3794a00896ed2dd06b4bba901c3aed72db49ce68eb2148aa2c580a853bec",
                  "046a87f8bcd5ba1baa08b894bc125a076865b2fb6ed9ad79aaad561b0ea61b8e",
                  "39e4bb0f890f112ec2844ee459212685b00ca8170a563ff3f3f69f30ae18de92",
                  "26d8eabc0a85c975d88d69597c3cc4947a44cdd063b33d4b986149b98c749135",
                  "b3f64855c7dc0f8fe7b99c14b507f8c9d1ac2009064cf4f39376f4ce1502f799",
                  "614d63658fdfa79b4974617f8beffb7b3f35d3b3b8fe5394a7b69c30f14468e0",
                  "ed9d7c60b040bde8c45789c91c82a892cff19628e7851d34e6a4d6db0e10b478",
                  "f7c7a7ccc682fb1e6808cbc8650039cfcbeed9aa4330216f13ff77e4d7ee3f0f",
              },
              "1679e3d7752ed63764b0f7381d92daa4a5f7dbd755943e7e30636c8aa06ad573");
}

// rekor2-happy-path.
Given Rekor2() {
  return Read("78470eff2921878c2141726b650bf349099c37850a731f287a6accf35d40441f", 735, 736,
              {
                  "256dbb69d29a6c02fb95edab1434845213ccf78973363961aa2d410c50852c24",
                  "45b30be0453abfbbe60d32e1712ce88bdb57af6229aaf19d5d2a1fc628fcf510",
                  "5b4e177e1fb7aa2d235a96280e4b7b18eaece6b45c0e46760c7e0fed8466795a",
                  "72e157c5ca5a7e55ac32277c99d24805b066e17db9190cce4bced90ab534ce06",
                  "43561746619804d1ac6a31cd2443c4249501502a06e116d9c766e9bee0d4c419",
                  "fa09caf8ce5cc9367452770222625c87d00f38cfb28ee56f7c4b97ef3e806a64",
                  "40c7ac45311974882d84e1229d813ff49ef01aff95980ac36532028fd3ce9a16",
                  "50d50c1badab330a2a0aa14a92787847951b91fe59e9d8fe3e4d26ff5c6ef2ea",
              },
              "aecd583d8d3274057497181faeae69138a11a54270a37b327a9b39f9e1944c32");
}

// checkpoint-wrong-roothash_fail.
Given EarlierTree() {
  return Read("86407f5cc9c6f0d1a84fede6cfe1265fe0b3e1a4e21b4c0695e4a021ec11338f", 23083061,
              23083062,
              {
                  "fef2b80dade0ed98518267bc1710a2f102012fb0d2970a52c32111c8857eb92f",
                  "93d37686d4f1fbbb40e79b53d2d881fc13b8baa6aa4b1a93577e28b998020569",
                  "fc0add11af7aa426503b2af1c8a84e1f17761c712c5c195dc52f29db708d2249",
                  "e4641b239dc80266120e32ed1231b43cdce9d21936f96fde12409b26536a4ca7",
                  "3bce8e9e3684d6cfa97075a76b5ff175e67bb9b0978159ad5757fb9d695660b2",
                  "1e3d1311e7ff6f0307075d033e814bbb9f9148b4c62796116905aac30548a74b",
                  "691b72565b771980cfe2a698ac4016aa21aa7180c42f1ca4ec597789c1973a80",
                  "65dca74f677817734540d06eac50da641a183154636d08e54e748bd612faefeb",
                  "dd51e840e892d70093ad7e1db1e2dea3d50334c7345d360e444d22fc49ed9f5e",
                  "ad712c98424de0f1284d4f144b8a95b5d22c181d4c0a246518e7a9a220bdf643",
              },
              "75aba195e60ae18c80771c300ed4749742a748e599746d9bc2a1dfb656a7bdc2");
}

TEST(LeafHash, IsTheLogs) {
  EXPECT_EQ(LeafHash(kManagedKeyBody), ManagedKey().leaf);
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

TEST(VerifyInclusion, HoldsForWhatLogsGave) {
  EXPECT_TRUE(Holds(ManagedKey()));
  EXPECT_TRUE(Holds(Rekor1()));
  EXPECT_TRUE(Holds(Rekor2()));
  EXPECT_TRUE(Holds(EarlierTree()));
}

// Rekor 1 counts its entries over all shards; the index in the shard's tree is another number.
TEST(VerifyInclusion, TheIndexOverAllShardsIsNotTheTrees) {
  Given given = Rekor1();
  given.index = 79571823;
  EXPECT_FALSE(Holds(given));
  given.size = given.index + 1;
  EXPECT_FALSE(Holds(given));
}

TEST(VerifyInclusion, AProofIsNoneForALaterTree) {
  Given given = EarlierTree();
  given.root = FromHex("20bd7de58ee11ffe7c5b71dc332c75589f500b0f44fc678a30b0a9f2d828b05e");
  EXPECT_FALSE(Holds(given));
  given.size = 75610772;
  EXPECT_FALSE(Holds(given));
}

TEST(VerifyInclusion, OneBitMakesItFalse) {
  Given given = Rekor1();
  given.leaf[0] ^= 0x80;
  EXPECT_FALSE(Holds(given));
  given = Rekor1();
  given.hashes[0][0] ^= 0x01;
  EXPECT_FALSE(Holds(given));
  given = Rekor1();
  given.root[31] ^= 0x01;
  EXPECT_FALSE(Holds(given));
}

}  // namespace
}  // namespace countersign::cosign

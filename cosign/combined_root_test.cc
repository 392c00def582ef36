#include "cosign/combined_root.h"

#include <memory>
#include <set>

#include "cosign/test_sigstore.h"
#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

TrustedRootPtr RootOf(unsigned char id) {
  auto root = std::make_shared<TrustedRoot>(TestSigstore().trusted());
  root->id[0] = id;
  return root;
}

TEST(CombineRoots, OneForAllIsThatOne) {
  const TrustedRootPtr root = RootOf(1);
  EXPECT_EQ(CombineRoots({root, root, root}), root);
  EXPECT_EQ(CombineRoots({}), nullptr);
}

TEST(CombineRoots, EachIsTrustedAboutItsOwnAlone) {
  const TrustedRootPtr a = RootOf(1), b = RootOf(2);
  const TrustedRootPtr combined = CombineRoots({.certificates = a, .logs = b});
  ASSERT_NE(combined, nullptr);
  EXPECT_EQ(combined->certificate_authorities.size(), a->certificate_authorities.size());
  EXPECT_EQ(combined->certificate_logs.size(), a->certificate_logs.size());
  ASSERT_FALSE(combined->logs.empty());
  EXPECT_EQ(combined->logs.size(), b->logs.size());
  EXPECT_TRUE(combined->timestamp_authorities.empty());
}

TEST(CombineRoots, EachCombinationHasAnIdOfItsOwn) {
  const TrustedRootPtr a = RootOf(1), b = RootOf(2);
  std::set<crypto::Sha256Digest> ids;
  int count = 0;
  for (const TrustedRootPtr& certificates : {a, b, TrustedRootPtr()}) {
    for (const TrustedRootPtr& logs : {a, b, TrustedRootPtr()}) {
      for (const TrustedRootPtr& timestamps : {a, b, TrustedRootPtr()}) {
        const TrustedRootPtr root = CombineRoots({certificates, logs, timestamps});
        if (root == nullptr) continue;
        ids.insert(root->id);
        ++count;
      }
    }
  }
  EXPECT_EQ(ids.size(), static_cast<size_t>(count));
  EXPECT_EQ(count, 26);
}

}  // namespace
}  // namespace countersign::cosign

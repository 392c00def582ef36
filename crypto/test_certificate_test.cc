#include "crypto/test_certificate.h"

#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

TEST(MakeTestAuthority, SignsItself) {
  const absl::Time begin = absl::FromUnixSeconds(1'800'000'000);
  const absl::Time end = begin + absl::Hours(1);
  for (const TestKeyType type :
       {TestKeyType::kEcdsaP256, TestKeyType::kEcdsaP384, TestKeyType::kRsa2048}) {
    const Certificate made = MakeTestAuthority("one", TestKey::Generate(type), begin, end);
    EXPECT_EQ(made.subject(), "CN=one");
    EXPECT_EQ(made.not_before(), begin);
    EXPECT_EQ(made.not_after(), end);
    EXPECT_TRUE(made.is_authority());
    EXPECT_TRUE(made.IsSignedBy(made));
  }
}

TEST(MakeTestAuthority, NamesakesHaveNotSignedEachOther) {
  const absl::Time begin = absl::FromUnixSeconds(1'800'000'000);
  const auto make = [begin] {
    return MakeTestAuthority("one", TestKey::Generate(), begin, begin + absl::Hours(1));
  };
  EXPECT_FALSE(make().IsSignedBy(make()));
}

}  // namespace
}  // namespace countersign::crypto

#include "base/percent_encoding.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(PercentEncoding, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a/b?c=d&e%+ \xff"), "a%2Fb%3Fc%3Dd%26e%25%2B%20%FF");
  EXPECT_EQ(PercentEncode(""), "");
}

TEST(PercentEncoding, DotsAloneAreNoSegment) {
  for (const char* text : {"", ".", ".."}) EXPECT_FALSE(IsPathSegment(text)) << text;
  for (const char* text : {"a", "...", ".a", "..a", "a/../b", "%2e"}) {
    EXPECT_TRUE(IsPathSegment(text)) << text;
  }
}

}  // namespace
}  // namespace countersign::base

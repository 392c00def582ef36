#include "base/json_pointer.h"

#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(JsonPointer, EscapesTokens) {
  EXPECT_EQ(JsonPointer("", "a"), "/a");
  EXPECT_EQ(JsonPointer("/a", "b/c"), "/a/b~1c");
  EXPECT_EQ(JsonPointer("/a", "~1"), "/a/~01");
  EXPECT_EQ(JsonPointer("/a", ""), "/a/");
  EXPECT_EQ(JsonPointer("/a", size_t{12}), "/a/12");
}

TEST(JsonPointer, IsTakenApartAsItWasPutTogether) {
  EXPECT_THAT(TokensOf(""), IsEmpty());
  EXPECT_THAT(TokensOf(std::string_view()), IsEmpty());
  EXPECT_THAT(TokensOf("/"), ElementsAre(""));
  EXPECT_THAT(TokensOf("/a//12"), ElementsAre("a", "", "12"));
  for (const char* token : {"b/c", "~1", "~", "/", "~0~1", ""}) {
    EXPECT_THAT(TokensOf(JsonPointer("/a", token)), ElementsAre("a", token)) << token;
  }
}

}  // namespace
}  // namespace countersign::base

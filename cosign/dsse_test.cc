#include "cosign/dsse.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

// The example of DSSE's protocol.md.
TEST(PreAuthenticationEncoding, IsTheOneOfTheProtocol) {
  EXPECT_EQ(PreAuthenticationEncoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(PreAuthenticationEncoding, OfNothingHasLengthsOfZero) {
  EXPECT_EQ(PreAuthenticationEncoding("", ""), "DSSEv1 0  0 ");
}

TEST(PreAuthenticationEncoding, CountsBytesAndChangesNone) {
  using namespace std::string_view_literals;
  EXPECT_EQ(PreAuthenticationEncoding("é"sv, "a\0\n b"sv), "DSSEv1 2 é 5 a\0\n b"sv);
}

// Whoever moves a byte from the type to the payload has another signature to make.
TEST(PreAuthenticationEncoding, SaysWhereTheTypeEnds) {
  EXPECT_NE(PreAuthenticationEncoding("a", "b c"), PreAuthenticationEncoding("a b", "c"));
  EXPECT_NE(PreAuthenticationEncoding("a 1 b", "c"), PreAuthenticationEncoding("a", "1 b 1 c"));
  EXPECT_NE(PreAuthenticationEncoding(kInTotoPayloadType, "{}"), "{}");
}

}  // namespace
}  // namespace countersign::cosign

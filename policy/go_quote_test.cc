#include "policy/go_quote.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

// What Go's documentation of strconv.Quote and its rules of escapes say.
TEST(GoQuote, WritesWhatGoWrites) {
  const struct {
    std::string_view text;
    std::string_view quoted;
  } kCases[] = {
      {"", R"("")"},
      {"$FOO*", R"("$FOO*")"},
      {"a\"b\\c'", R"("a\"b\\c'")"},
      {"\a\b\f\n\r\t\v", R"("\a\b\f\n\r\t\v")"},
      {"\x01\x1b\x7f", R"("\x01\x1b\x7f")"},
      {"r\xc3\xa9g", "\"r\xc3\xa9g\""},
      {"\xe2\x98\xba", "\"\xe2\x98\xba\""},
      {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
      {"\xff", R"("\xff")"},
      {"\xc3", R"("\xc3")"},
      {"\xed\xa0\x80", R"("\xed\xa0\x80")"},
      {"\xc2\xa0", R"("\u00a0")"},
      {"\xe2\x80\xae", R"("\u202e")"},
      {"\xef\xbb\xbf", R"("\ufeff")"},
      {"\xf3\xa0\x80\x81", R"("\U000e0001")"},
  };
  for (const auto& [text, quoted] : kCases) EXPECT_EQ(GoQuoted(text), quoted);
  EXPECT_EQ(GoQuoted(std::string_view("\0", 1)), R"("\x00")");
}

}  // namespace
}  // namespace countersign::policy

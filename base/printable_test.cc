#include "base/printable.h"

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(Printable, LeavesPrintableAsciiAlone) {
  EXPECT_EQ(Printable(""), "");
  EXPECT_EQ(Printable("registry.example.org/app:1 \"~!"), "registry.example.org/app:1 \"~!");
}

TEST(Printable, EscapesWhatCouldForgeALineOrMoveACursor) {
  EXPECT_EQ(Printable("a\nb\rc\td"), "a\\x0ab\\x0dc\\x09d");
  EXPECT_EQ(Printable("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(Printable("\u202e\xff"), "\\xe2\\x80\\xae\\xff");
}

TEST(Printable, LeavesWhatIsPrintableAlreadyAsItIs) {
  EXPECT_EQ(Printable("\\"), "\\");
  EXPECT_EQ(Printable(Printable("a\nb")), "a\\x0ab");
}

TEST(Printable, CutsWhatIsTooLongButNoEscape) {
  EXPECT_EQ(Printable("abcdef", 6), "abcdef");
  EXPECT_EQ(Printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(Printable("abc\n", 6), "abc...");
  EXPECT_EQ(Printable("abcdef", 0), "...");
}

TEST(Quoted, CannotBeLeftByWhatItHolds) {
  EXPECT_EQ(Quoted("release"), "\"release\"");
  EXPECT_EQ(Quoted("a\" is fine, \"b"), "\"a\\\" is fine, \\\"b\"");
  EXPECT_EQ(Quoted("a\\\""), "\"a\\\\\\\"\"");
  EXPECT_EQ(Quoted("a\\"), "\"a\\\\\"");
  EXPECT_EQ(Quoted("\n"), "\"\\x0a\"");
  EXPECT_EQ(Quoted("abcdef", 3), "\"abc...\"");
}

}  // namespace
}  // namespace countersign::base

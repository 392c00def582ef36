#include "policy/rules/document_path.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using Token = DocumentPath::Token;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

std::vector<Token> TokensOf(std::string_view text) { return DocumentPath::Parse(text)->tokens(); }

TEST(DocumentPath, TokensAreUnescapedAndElementsAreATokenOfTheirOwn) {
  EXPECT_THAT(TokensOf("/a~1b/m~0n/[*]/0"),
              ElementsAre(Token{"a/b"}, Token{"m~n"}, Token{"[*]", true}, Token{"0"}));
  EXPECT_THAT(TokensOf("/~01"), ElementsAre(Token{"~1"}));
  EXPECT_THAT(TokensOf("/a/"), ElementsAre(Token{"a"}, Token{""}));
  EXPECT_THAT(TokensOf(""), ElementsAre());
  EXPECT_TRUE(DocumentPath::Parse("/a/[*]")->has_each());
  EXPECT_FALSE(DocumentPath::Parse("/a/*/[]")->has_each());
}

TEST(DocumentPath, WhatIsNoPathIsRefusedInWordsForItsAuthor) {
  const auto fault = [](std::string_view text) {
    return std::string(DocumentPath::Parse(text).status().message());
  };
  EXPECT_THAT(fault("predicate/builder"), HasSubstr("must begin with '/'"));
  EXPECT_THAT(fault("$.predicate"), HasSubstr("must begin with '/'"));
  EXPECT_THAT(fault("/a~"), HasSubstr("'~'"));
  EXPECT_THAT(fault("/a~2b"), HasSubstr("'~'"));
  EXPECT_THAT(fault("/results[*]/id"), HasSubstr("has [*] within \"results[*]\""));
  EXPECT_THAT(fault("/\x01[*]"), HasSubstr("\\x01"));
  EXPECT_THAT(fault("/0/1/2/3/4"), HasSubstr("numbers"));
  std::string deep;
  for (int i = 0; i < 33; ++i) absl::StrAppend(&deep, "/a");
  EXPECT_THAT(fault(deep), HasSubstr("more than 32 tokens"));
  EXPECT_THAT(DocumentPath::Parse(std::string(1025, '/')), StatusIs(kInvalid, HasSubstr("1024")));
}

TEST(DocumentPath, AnIndexHasNoSpareZeroAndNoSign) {
  for (const char* text : {"0", "7", "10", "123456789"}) EXPECT_TRUE(DocumentPath::IsIndex(text));
  for (const char* text : {"", "00", "01", "-", "-1", "+1", "1a", "1234567890", "[*]"}) {
    EXPECT_FALSE(DocumentPath::IsIndex(text)) << text;
  }
}

}  // namespace
}  // namespace countersign::policy

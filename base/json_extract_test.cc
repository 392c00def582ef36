#include "base/json_extract.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::HasSubstr;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

const JsonParts kAll = {.all = true};

std::string Extract(std::string_view text, const JsonParts& parts) {
  const absl::StatusOr<ExtractedJson> extracted = ExtractJson(text, parts, {});
  return extracted.ok() ? extracted->value.dump() : std::string(extracted.status().message());
}

TEST(ExtractJson, AllOfAValueIsAsParseJsonReadsIt) {
  for (const std::string_view text :
       {"null", "true", " [1, -2, 3.5, 1e3, 18446744073709551615, 18446744073709551616] ",
        R"({"a":{"b":[{},[],"x\u00e4\n"]},"":null})", "\"\"", "[[[]]]"}) {
    EXPECT_EQ(Extract(text, kAll), ParseJson(text)->dump()) << text;
  }
}

TEST(ExtractJson, OnlyNamedMembersAreKept) {
  JsonParts parts;
  parts.At("/a/b");
  parts.At("/c~1d");
  EXPECT_EQ(Extract(R"({"a":{"b":1,"x":[2]},"c/d":"e","b":3,"y":{"a":{"b":1}}})", parts),
            R"({"a":{"b":1},"c/d":"e"})");
  EXPECT_EQ(Extract(R"({"\u0061":{"\u0062":1}})", parts), R"({"a":{"b":1}})");
  EXPECT_EQ(Extract("{}", parts), "{}");
}

TEST(ExtractJson, ElementsAndPrefixesAreKept) {
  JsonParts parts;
  parts.At("/list").Elements().At("/name");
  parts.At("/notes").prefix = "our/";
  EXPECT_EQ(Extract(R"({"list":[{"name":"a","x":1},7,{"x":1}],"notes":{"our/a":"1","other/a":"2",
                       "our/b":{"deep":[1]}}})",
                    parts),
            R"({"list":[{"name":"a"},7,{}],"notes":{"our/a":"1","our/b":{}}})");
}

TEST(ExtractJson, WhatIsOfAnotherTypeIsKeptAsThatMuch) {
  JsonParts parts;
  parts.At("/object/member");
  parts.At("/list").Elements().At("/name");
  EXPECT_EQ(Extract(R"({"object":[1,2],"list":{"name":"x"}})", parts),
            R"({"list":{},"object":[]})");
  EXPECT_EQ(Extract(R"({"object":"x","list":5})", parts), R"({"list":5,"object":"x"})");
  EXPECT_EQ(Extract("[1]", parts), "[]");
}

TEST(ExtractJson, TheRestOfTheTextIsHeldToTheSame) {
  const JsonParts nothing;
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "[",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "{,}",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{} {}",
                                      "[1 2]",
                                      "{\"a\" 1}",
                                      "tru",
                                      "nullx",
                                      "[01]",
                                      "[1e999]",
                                      "[-1e999]",
                                      "\"\xff\"",
                                      "[\"\\ud800\"]",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"x\":{\"a\":1,\"\\u0061\":2}}",
                                      "\xEF\xBB\xBF{}",
                                      "]",
                                      "}",
                                      "[}",
                                      "{]"}) {
    EXPECT_FALSE(ParseJson(text).ok()) << text;
    EXPECT_THAT(ExtractJson(text, nothing, {}), StatusIs(kInvalid)) << text;
    EXPECT_THAT(ExtractJson(text, kAll, {}), StatusIs(kInvalid)) << text;
  }
  EXPECT_THAT(ExtractJson(std::string_view("{}\0", 3), nothing, {}), StatusIs(kInvalid));
}

TEST(ExtractJson, ErrorsSayWhereAndQuoteNothing) {
  EXPECT_EQ(Extract("{\"a\":1, x", kAll), "byte 9: not JSON");
  EXPECT_EQ(Extract("[1, ", kAll), "byte 4: it ends too early");
  EXPECT_EQ(Extract("{\"a\":1,\"a\":2}", kAll), "byte 10: a second member of the same name");
  EXPECT_EQ(Extract("[1e999]", {}), "byte 6: a number that is too large");
}

TEST(ExtractJson, RefusesLongNumbersWhereverTheyAre) {
  const std::string longest = "[" + std::string(1000, '1') + ".5]";
  const std::string number(999, '0');
  for (const JsonParts& parts : {JsonParts{}, kAll}) {
    EXPECT_TRUE(ExtractJson("[0." + number.substr(1) + "]", parts, {}).ok());
    EXPECT_THAT(ExtractJson("[0." + number + "]", parts, {}),
                StatusIs(kInvalid, HasSubstr("a number that is too long")));
    EXPECT_THAT(ExtractJson(longest, parts, {}),
                StatusIs(kInvalid, HasSubstr("a number that is too long")));
  }
}

TEST(ExtractJson, LimitsHold) {
  EXPECT_THAT(ExtractJson("[[[]]]", {}, {.max_depth = 2}),
              StatusIs(kInvalid, HasSubstr("nested more than 2 deep")));
  EXPECT_THAT(ExtractJson("[1]", {}, {.max_bytes = 2}), StatusIs(kInvalid));
}

TEST(ExtractJson, OnlyWhatCanBeAnyNumberIsCountedAndWhatIsTooMuchIsLeftOut) {
  JsonParts parts;
  parts.At("/list").Elements().At("/name");
  parts.At("/notes").prefix = "our/";
  parts.At("/name");
  const auto extract = [&](size_t max_values) {
    return *ExtractJson(
        R"({"list":[{"name":"a"},{"name":"b"},{"x":1}],"notes":{"our/a":"1"},"name":"n"})", parts,
        {.max_values = max_values});
  };
  EXPECT_TRUE(extract(6).is_complete);
  EXPECT_FALSE(extract(5).is_complete);
  EXPECT_EQ(extract(5).value.dump(),
            R"({"list":[{"name":"a"},{"name":"b"},{}],"name":"n","notes":{}})");
  EXPECT_EQ(extract(0).value.dump(), R"({"list":[],"name":"n","notes":{}})");
}

TEST(ExtractJson, OfManyElementsTheFirstAreKeptAndCounted) {
  JsonParts parts;
  parts.At("/list").Elements().At("/name");
  parts.At("/list").max_elements = 2;
  parts.At("/name");
  const absl::StatusOr<ExtractedJson> extracted = ExtractJson(
      R"({"list":[{"name":"a"},{"x":1},{"name":"c"},{}],"name":"n"})", parts, {.max_values = 3});
  ASSERT_TRUE(extracted.ok()) << extracted.status();
  EXPECT_TRUE(extracted->is_complete);
  EXPECT_EQ(extracted->value.dump(), R"({"list":[{"name":"a"},{}],"name":"n"})");
  EXPECT_THAT(ExtractJson(R"({"list":[{},{},{"a":1,"a":2}]})", parts, {}),
              StatusIs(kInvalid, HasSubstr("a second member of the same name")));
}

TEST(ExtractJson, NumbersAreKeptAsTheyAreWrittenWhereThatIsAskedFor) {
  const auto extracted = ExtractJson(R"([9007199254740993.0, -1e-400, 7, "7", true, null])", kAll,
                                     {}, ExtractedNumbers::kAsWritten);
  ASSERT_TRUE(extracted.ok()) << extracted.status();
  std::vector<std::string> kept;
  for (const Json& value : extracted->value) {
    kept.push_back(value.is_binary()
                       ? std::string(value.get_binary().begin(), value.get_binary().end())
                       : value.dump());
  }
  EXPECT_THAT(kept,
              testing::ElementsAre("9007199254740993.0", "-1e-400", "7", "\"7\"", "true", "null"));
  EXPECT_FALSE(ExtractJson("1e400", kAll, {}, ExtractedNumbers::kAsWritten).ok());
}

TEST(ExtractJson, OfStraysTheFirstNamesAreKept) {
  JsonParts parts;
  parts.At("/spec/a");
  parts.At("/notes").prefix = "our/";
  parts.max_strays = 2;
  parts.At("/notes").max_strays = 1;
  EXPECT_EQ(Extract(R"({"\u0073epc":{"x":[1]},"spec":{"a":1,"b":2},"null":null,"third":3,
                       "notes":{"our/a":"1","their/a":"2","their/b":"3"}})",
                    parts),
            R"({"notes":{"our/a":"1","their/a":null},"null":null,"sepc":null,"spec":{"a":1}})");
  // Of each object so many.
  JsonParts list;
  list.Elements().max_strays = 1;
  EXPECT_EQ(Extract(R"([{"a":1,"b":2},{"c":[{"d":1}],"d":2}])", list),
            R"([{"a":null},{"c":null}])");
}

TEST(ExtractJson, NamesOfStraysAreCutAtTheEndOfACharacter) {
  JsonParts parts;
  parts.max_strays = 9;
  const std::string fits(kMaxStrayNameBytes, 'a');
  const std::string before(kMaxStrayNameBytes - 1, 'b');
  const std::string text =
      absl::StrCat("{\"", fits, "\":1,\"", fits, "a\":2,\"", before, "\u00e4\":3}");
  EXPECT_EQ(Extract(text, parts), absl::StrCat("{\"", fits, "\":null,\"", before, "\":null}"));
}

TEST(ExtractJson, StraysCountInMemoryAloneAndAreHeldToTheSame) {
  JsonParts parts;
  const std::string_view text = R"({"a":{"b":1},"c":[2]})";
  const size_t without = ExtractJson(text, parts, {})->memory_bytes;
  parts.max_strays = 2;
  const absl::StatusOr<ExtractedJson> extracted = ExtractJson(text, parts, {.max_values = 0});
  ASSERT_TRUE(extracted.ok()) << extracted.status();
  EXPECT_TRUE(extracted->is_complete);
  EXPECT_EQ(extracted->value.dump(), R"({"a":null,"c":null})");
  EXPECT_GE(extracted->memory_bytes, without + 2 * (sizeof(Json) + sizeof(std::string)));
  for (const std::string_view twice : {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})",
                                       R"({"a":{"b":1,"b":2}})", R"({"x":1,"y":2,"a":1,"a":2})"}) {
    EXPECT_THAT(ExtractJson(twice, parts, {}),
                StatusIs(kInvalid, HasSubstr("a second member of the same name")));
  }
}

TEST(ExtractJson, WhatIsLeftOutTakesNoMemory) {
  std::string text = "{\"annotations\":{";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&text, i == 0 ? "" : ",", "\"n", i, "\":\"v\"");
  absl::StrAppend(&text, "},\"name\":\"n\"}");
  JsonParts parts;
  parts.At("/name");
  const absl::StatusOr<ExtractedJson> extracted = ExtractJson(text, parts, {});
  ASSERT_TRUE(extracted.ok()) << extracted.status();
  EXPECT_LT(extracted->memory_bytes, 1000u);
  EXPECT_GT(ExtractJson(text, kAll, {})->memory_bytes, 10'000u * 100);
}

}  // namespace
}  // namespace countersign::base

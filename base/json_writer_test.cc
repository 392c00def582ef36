#include "base/json_writer.h"

#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <string_view>

#include "base/json.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

std::string Written(std::string_view text) {
  std::string json = "before";
  AppendJsonString(text, json);
  return json.substr(6);
}

std::string Dumped(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

TEST(AppendJsonString, EscapesWhatMustBe) {
  EXPECT_EQ(Written(""), R"("")");
  EXPECT_EQ(Written("plain text/"), R"("plain text/")");
  EXPECT_EQ(Written("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(Written(std::string("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(Written("größer\u2028"), "\"größer\u2028\"");
}

TEST(AppendJsonString, WhatIsNotUtf8IsReplaced) {
  EXPECT_EQ(Written("a\xff\"b"), "\"a\uFFFD\\\"b\"");
  EXPECT_EQ(Written("\xf0\x9f\x98"), "\"\uFFFD\"");
  EXPECT_EQ(Written("\xed\xa0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");
}

TEST(AppendJsonString, EveryTextIsWrittenAsADumpHasIt) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(Written(text), Dumped(text)) << byte;
  }
  std::mt19937 random(20261130);
  const std::string_view pieces[] = {"a",
                                     "\"",
                                     "\\",
                                     "\n",
                                     "\x01",
                                     "\xc3\xa4",
                                     "\xe2\x82\xac",
                                     "\xf0\x9f\x98\x80",
                                     "\xc3",
                                     "\xe2\x82",
                                     "\xff",
                                     "\x80",
                                     "\xed\xa0\x80",
                                     "longer text"};
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (unsigned parts = random() % 6; parts > 0; --parts) {
      text += pieces[random() % std::size(pieces)];
    }
    ASSERT_EQ(Written(text), Dumped(text)) << text;
  }
}

TEST(JsonWriter, PutsCommasBetweenWhatFollowsEachOther) {
  JsonWriter json;
  json.BeginObject();
  json.Name("array").BeginArray().String("a").BeginArray().EndArray().Integer(-7);
  json.BeginObject().EndObject().EndArray();
  json.Name("bool").Bool(false).Name("raw").Raw("[1,2]").Name("true").Bool(true).EndObject();
  EXPECT_EQ(json.Take(), R"({"array":["a",[],-7,{}],"bool":false,"raw":[1,2],"true":true})");
}

TEST(JsonWriter, WritesEveryInteger) {
  for (const int64_t number :
       {int64_t{0}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    JsonWriter json;
    EXPECT_EQ(json.Integer(number).Take(), Json(number).dump());
  }
}

TEST(JsonWriter, EscapesNamesToo) {
  JsonWriter json;
  EXPECT_EQ(json.BeginObject().Name("a\"b").String("\n").EndObject().Take(), R"({"a\"b":"\n"})");
}

}  // namespace
}  // namespace countersign::base

#include "base/json.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(ParseJson, ReadsEveryKindOfValue) {
  const absl::StatusOr<Json> value = ParseJson(
      R"( {"null": null, "yes": true, "no": false, "int": -7, "big": 18446744073709551615,
           "half": 0.5, "text": "a\u00e9\ud83d\ude00\n", "list": [1, [], {}], "object": {"a": {"b": 1}}} )");
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(*value, Json({{"null", nullptr},
                          {"yes", true},
                          {"no", false},
                          {"int", -7},
                          {"big", 18446744073709551615u},
                          {"half", 0.5},
                          {"text", "aé😀\n"},
                          {"list", Json::array({1, Json::array(), Json::object()})},
                          {"object", {{"a", {{"b", 1}}}}}}));
}

TEST(ParseJson, ReadsAValueThatIsNoContainer) {
  EXPECT_THAT(ParseJson("3"), IsOkAndHolds(Json(3)));
  EXPECT_THAT(ParseJson("null"), IsOkAndHolds(Json(nullptr)));
  EXPECT_THAT(ParseJson("\"\""), IsOkAndHolds(Json("")));
}

TEST(ParseJson, AgreesWithNlohmannOnOrderAndNesting) {
  const std::string text = R"([[1,{"a":[2,3,{"b":[]}],"c":4}],[],[[5],[6,[7]]],"x"])";
  EXPECT_THAT(ParseJson(text), IsOkAndHolds(Json::parse(text)));
}

TEST(ParseJson, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string text;
    std::string message;
  } kCases[] = {
      {"", "byte 0: it ends too early"},
      {"  ", "byte 2: it ends too early"},
      {"{", "byte 1: it ends too early"},
      {"[1,2", "byte 4: it ends too early"},
      {"\"abc", "byte 4: it ends too early"},
      {"tru", "byte 3: it ends too early"},
      {"{} {}", "byte 4: not JSON"},
      {"{} x", "byte 4: not JSON"},
      {"[1,]", "byte 4: not JSON"},
      {"{\"a\":1,}", "byte 8: not JSON"},
      {"{a:1}", "byte 2: not JSON"},
      {"{'a':1}", "byte 2: not JSON"},
      {"[01]", "byte 3: not JSON"},
      {"[+1]", "byte 2: not JSON"},
      {"[.5]", "byte 2: not JSON"},
      {"NaN", "byte 1: not JSON"},
      {"[1] // note", "byte 5: not JSON"},
      {"1e999", "byte 5: a number that is too large"},
      {"{\"a\":1,\"a\":2}", "byte 10: a second member of the same name"},
      {"[{\"b\":{\"a\":1,\"\\u0061\":2}}]", "byte 21: a second member of the same name"},
      {"\xEF\xBB\xBF{}", "byte 1: it begins with a byte order mark"},
      {std::string("{}\0{", 4), "byte 3: a zero byte"},
      {"\"\\ud800\"", "byte 8: not JSON"},
      {"\"a\nb\"", "byte 3: not JSON"},
      {"\"\xff\"", "byte 2: not JSON"},
      {"\"\xc0\x80\"", "byte 2: not JSON"},
      {"\"\xed\xa0\x80\"", "byte 3: not JSON"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ParseJson(test.text), StatusIs(kInvalid, testing::StartsWith(test.message)))
        << test.text;
  }
}

TEST(ParseJson, TellsHowManyBytesItRead) {
  const std::pair<std::string_view, size_t> cases[] = {
      {"[1, 2]", 6}, {"[1,\n}", 5}, {std::string_view("[\n\0]", 4), 3}, {"[1,", 3}};
  for (const auto& [text, bytes] : cases) {
    size_t bytes_read = 99;
    (void)ParseJson(text, {}, &bytes_read);
    EXPECT_EQ(bytes_read, bytes) << text;
  }
}

TEST(ParseJson, QuotesOnlyAFewPrintableBytes) {
  const std::string secret(1000, 's');
  for (const std::string& text : {"{\"" + secret + "\" 1}", "[\"" + secret + "\x01\"]",
                                  "{\"" + secret + "\":1,\"" + secret + "\":2}",
                                  "[\"\xff\xfe" + secret + "\" 1", "[x" + secret + "]"}) {
    const absl::Status status = ParseJson(text).status();
    EXPECT_THAT(status, StatusIs(kInvalid, SizeIs(testing::Lt(120u))));
    for (const char c : status.message()) EXPECT_TRUE(absl::ascii_isprint(c)) << status;
  }
}

TEST(ParseJson, BoundsTheDepth) {
  EXPECT_THAT(ParseJson(Nested(64)), IsOk());
  EXPECT_THAT(ParseJson(Nested(65)), StatusIs(kInvalid, "byte 65: nested more than 64 deep"));
  EXPECT_THAT(ParseJson("{\"a\":[1]}", {.max_depth = 1}),
              StatusIs(kInvalid, "byte 6: nested more than 1 deep"));
  EXPECT_THAT(ParseJson(std::string(1 << 20, '[')), StatusIs(kInvalid));
}

TEST(ParseJson, BoundsTheBytes) {
  EXPECT_THAT(ParseJson("[1]", {.max_bytes = 3}), IsOk());
  EXPECT_THAT(ParseJson("[1] ", {.max_bytes = 3}), StatusIs(kInvalid, "larger than 3 bytes"));
}

TEST(ParseJson, BoundsTheValues) {
  EXPECT_THAT(ParseJson("[1,{\"a\":2}]", {.max_values = 4}), IsOk());
  EXPECT_THAT(ParseJson("[1,{\"a\":2}]", {.max_values = 3}),
              StatusIs(kInvalid, HasSubstr("more than 3 values")));
}

TEST(ParseJson, MarksWhatIsTooLargeAlone) {
  EXPECT_TRUE(IsTooLargeJson(ParseJson("[1] ", {.max_bytes = 3}).status()));
  EXPECT_TRUE(IsTooLargeJson(ParseJson("[1,2]", {.max_values = 2}).status()));
  EXPECT_FALSE(IsTooLargeJson(ParseJson("[[]]", {.max_depth = 1}).status()));
  EXPECT_FALSE(IsTooLargeJson(ParseJson("[").status()));
  EXPECT_FALSE(IsTooLargeJson(ParseJson("[]").status()));
}

TEST(FindMember, TakesNullAndAbsenceAsOne) {
  const Json object = {{"a", 1}, {"b", nullptr}};
  ASSERT_NE(FindMember(object, "a"), nullptr);
  EXPECT_EQ(*FindMember(object, "a"), 1);
  EXPECT_EQ(FindMember(object, "b"), nullptr);
  EXPECT_EQ(FindMember(object, "c"), nullptr);
  EXPECT_EQ(FindMember(Json::array({1}), "a"), nullptr);
  EXPECT_EQ(FindMember(Json("a"), "a"), nullptr);
}

TEST(FindString, TakesWhatIsNoStringForNone) {
  const Json object = {{"a", "x"}, {"b", nullptr}, {"c", 7}};
  EXPECT_EQ(FindString(object, "a"), "x");
  for (const char* name : {"b", "c", "d"}) EXPECT_EQ(FindString(object, name), "") << name;
  EXPECT_EQ(FindString(Json("a"), "a"), "");
}

TEST(FindStringIn, LooksInOneMemberAlone) {
  const Json object = {{"a", {{"name", "x"}, {"b", 7}}}, {"name", "y"}, {"b", nullptr}, {"c", "z"}};
  EXPECT_EQ(FindStringIn(object, "a", "name"), "x");
  EXPECT_EQ(FindStringIn(object, "a", "b"), "");
  for (const char* outer : {"b", "c", "d", "name"}) {
    EXPECT_EQ(FindStringIn(object, outer, "name"), "") << outer;
  }
  EXPECT_EQ(FindStringIn(Json::array({object}), "a", "name"), "");
}

}  // namespace
}  // namespace countersign::base

#include "base/json_place.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

auto IsFault(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, message);
}

const Json kDocument = Json::parse(R"({
    "name": "n", "nothing": null, "yes": true, "many": [1, "two", null],
    "of": {"a/b": {"~": "deep"}, "c": 7},
    "numbers": [-9223372036854775808, 9223372036854775807, 9223372036854775808, 1.0, 1e3, "1"]})");

JsonPlace Document() { return JsonPlace(kDocument); }

TEST(JsonPlace, LeadsToMembersByTheirPointer) {
  const JsonPlace deep = *Document().Required("of")->Required("a/b")->Required("~");
  EXPECT_EQ(deep.pointer(), "/of/a~1b/~0");
  EXPECT_THAT(deep.String(), IsOkAndHolds("deep"));
  EXPECT_THAT(Document().Required("of")->Required("a/b")->Bool(),
              IsFault("/of/a~1b: must be a boolean, is an object"));
}

TEST(JsonPlace, NullIsAnAbsentMember) {
  for (const char* name : {"nothing", "absent"}) {
    EXPECT_THAT(Document().Required(name), IsFault(std::string("/") + name + ": must be given"));
    ASSERT_THAT(Document().Optional(name), IsOk());
    EXPECT_FALSE(Document().Optional(name)->has_value());
    EXPECT_THAT(Document().OptionalString(name), IsOkAndHolds(""));
  }
  EXPECT_THAT(Document().OptionalString("name"), IsOkAndHolds("n"));
  EXPECT_THAT(Document().OptionalString("yes"), IsFault("/yes: must be a string, is a boolean"));
  EXPECT_THAT(Document().Required("many")->Elements()->at(2).String(),
              IsFault("/many/2: must be a string, is null"));
}

TEST(JsonPlace, GivesWhatMostMembersAre) {
  const JsonPlace document = Document();
  EXPECT_THAT(document.OptionalBool("yes"), IsOkAndHolds(true));
  EXPECT_THAT(document.OptionalBool("nothing"), IsOkAndHolds(false));
  EXPECT_THAT(document.OptionalBool("name"), IsFault("/name: must be a boolean, is a string"));
  EXPECT_THAT(document.Required("of")->OptionalInteger("c"), IsOkAndHolds(7));
  EXPECT_THAT(document.OptionalInteger("absent"), IsOkAndHolds(0));
  EXPECT_THAT(document.OptionalInteger("name"), IsFault("/name: must be an integer, is a string"));
  EXPECT_THAT(document.RequiredString("name"), IsOkAndHolds("n"));
  EXPECT_THAT(document.RequiredString("nothing"), IsFault("/nothing: must be given"));
  const Json empty = {{"text", ""}};
  EXPECT_THAT(JsonPlace(empty).RequiredString("text"), IsFault("/text: must be given"));
}

TEST(JsonPlace, GivesMembersThatAreContainers) {
  const JsonPlace document = Document();
  EXPECT_EQ(document.OptionalElements("many")->size(), 3u);
  EXPECT_TRUE(document.OptionalElements("nothing")->empty());
  EXPECT_THAT(document.OptionalElements("of"), IsFault("/of: must be an array, is an object"));
  EXPECT_THAT(document.OptionalObjects("many"), IsFault("/many/0: must be an object"));
  const Json objects = {{"all", {{{"a", 1}}, Json::object()}}};
  EXPECT_EQ(JsonPlace(objects).OptionalObjects("all")->size(), 2u);
  EXPECT_EQ(document.RequiredObject("of")->pointer(), "/of");
  EXPECT_THAT(document.RequiredObject("nothing"), IsFault("/nothing: must be given"));
  EXPECT_THAT(document.RequiredObject("yes"), IsFault("/yes: must be an object, is a boolean"));
  EXPECT_EQ((*document.OptionalObject("of"))->pointer(), "/of");
  EXPECT_FALSE(document.OptionalObject("absent")->has_value());
  EXPECT_THAT(document.OptionalObject("many"), IsFault("/many: must be an object, is an array"));
}

TEST(JsonPlace, OnlyAnObjectHasMembers) {
  EXPECT_THAT(Document().Required("many")->Required("x"),
              IsFault("/many: must be an object, is an array"));
  EXPECT_THAT(Document().Required("name")->Optional("x"),
              IsFault("/name: must be an object, is a string"));
  const Json number = 7;
  EXPECT_THAT(JsonPlace(number).Required("x"), IsFault("must be an object, is a number"));
}

TEST(JsonPlace, GivesElementsAndMembersInOrder) {
  std::vector<std::string> pointers;
  const std::vector<JsonPlace> elements = *Document().Required("many")->Elements();
  for (const JsonPlace& place : elements) {
    pointers.push_back(place.pointer());
  }
  EXPECT_THAT(pointers, ElementsAre("/many/0", "/many/1", "/many/2"));
  std::vector<std::pair<std::string, std::string>> members;
  const auto of = *Document().Required("of")->Members();
  for (const auto& [name, place] : of) {
    members.emplace_back(name, place.pointer());
  }
  EXPECT_THAT(members, ElementsAre(Pair("a/b", "/of/a~1b"), Pair("c", "/of/c")));
  EXPECT_THAT(Document().Elements(), IsFault("must be an array, is an object"));
  EXPECT_THAT(Document().Required("yes")->Members(),
              IsFault("/yes: must be an object, is a boolean"));
}

TEST(JsonPlace, AnIntegerIsWholeAndFitsInto64Bits) {
  const std::vector<JsonPlace> numbers = *Document().Required("numbers")->Elements();
  EXPECT_THAT(numbers[0].Integer(), IsOkAndHolds(INT64_MIN));
  EXPECT_THAT(numbers[1].Integer(), IsOkAndHolds(INT64_MAX));
  for (const int i : {2, 3, 4}) {
    EXPECT_THAT(numbers[i].Integer(),
                IsFault(numbers[i].pointer() + ": must be an integer within 64 bits"));
  }
  EXPECT_THAT(numbers[5].Integer(), IsFault("/numbers/5: must be an integer, is a string"));
}

TEST(JsonPlace, BytesAreBase64) {
  const Json text = {{"good", "aGk="}, {"wrapped", "aG\nk="}, {"bad", "aGk"}, {"number", 7}};
  const JsonPlace place(text);
  EXPECT_THAT(place.Required("good")->Bytes(), IsOkAndHolds("hi"));
  EXPECT_THAT(place.Required("wrapped")->Bytes(LineBreaks::kIgnored), IsOkAndHolds("hi"));
  EXPECT_THAT(place.Required("wrapped")->Bytes(),
              IsFault("/wrapped: not base64: byte 3 is not of its alphabet"));
  EXPECT_THAT(place.Required("bad")->Bytes(),
              IsFault("/bad: not base64: it ends with 0 '=' where 1 belong"));
  EXPECT_THAT(place.Required("number")->Bytes(), IsFault("/number: must be a string, is a number"));
}

TEST(JsonPlace, ATimeIsOneOfRfc3339) {
  const Json text = {"2030-01-02T03:04:05Z", "2030-01-02T03:04:05.5+01:00"};
  EXPECT_THAT(JsonPlace(text).Elements()->at(0).Time(),
              IsOkAndHolds(absl::FromUnixSeconds(1'893'553'445)));
  EXPECT_THAT(JsonPlace(text).Elements()->at(1).Time(),
              IsOkAndHolds(absl::FromUnixMillis(1'893'549'845'500)));
  for (const char* bad :
       {"", "tomorrow", "infinite-future", "2030-01-02", "2030-01-02T03:04:05",
        "2030-13-02T03:04:05Z", " 2030-01-02T03:04:05Z", "2030-01-02T03:04:05Z and more"}) {
    const Json wrong = bad;
    EXPECT_THAT(JsonPlace(wrong).Time(), IsFault("must be an RFC 3339 time")) << bad;
  }
}

TEST(JsonPlace, AProtoInt64IsAnIntegerOrAStringOfOne) {
  const Json good = {0, -1, "0", "-0", "-1", "9223372036854775807", "-9223372036854775808"};
  const std::vector<int64_t> values = {0, -1, 0, 0, -1, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_THAT(JsonPlace(good).Elements()->at(i).ProtoInt64(), IsOkAndHolds(values[i])) << i;
  }
  for (const char* bad :
       {R"("")", R"("-")", R"("+1")", R"("01")", R"("-01")", R"("00")", R"(" 1")", R"("1 ")",
        R"("1e3")", R"("1.0")", R"("0x1")", R"("9223372036854775808")", R"("-9223372036854775809")",
        R"("1\u0000")", R"("one")", "1e3", "1.0", "9223372036854775808", "18446744073709551616"}) {
    const Json value = Json::parse(bad);
    EXPECT_THAT(JsonPlace(value).ProtoInt64(), IsFault("must be an integer within 64 bits")) << bad;
  }
  const Json yes = true;
  EXPECT_THAT(JsonPlace(yes).ProtoInt64(), IsFault("must be an integer, is a boolean"));
}

TEST(JsonPlace, ProtoBytesAreBase64OfEitherAlphabet) {
  const Json text = {{"standard", "+//+/w=="}, {"urls", "-__-_w"}, {"unused", "Zh"}, {"empty", ""}};
  const JsonPlace place(text);
  EXPECT_THAT(place.Required("standard")->ProtoBytes(), IsOkAndHolds("\xfb\xff\xfe\xff"));
  EXPECT_THAT(place.RequiredProtoBytes("urls"), IsOkAndHolds("\xfb\xff\xfe\xff"));
  EXPECT_THAT(place.OptionalProtoBytes("unused"),
              IsFault("/unused: not base64: the unused bits of its last digit are not zero"));
  EXPECT_THAT(place.OptionalProtoBytes("empty"), IsOkAndHolds(""));
  EXPECT_THAT(place.RequiredProtoBytes("empty"), IsFault("/empty: must be given"));
  EXPECT_THAT(place.OptionalProtoBytes("absent"), IsOkAndHolds(""));
  EXPECT_THAT(place.RequiredProtoBytes("absent"), IsFault("/absent: must be given"));
  EXPECT_THAT(Document().OptionalProtoBytes("yes"),
              IsFault("/yes: must be a string, is a boolean"));
}

TEST(JsonPlace, ProtoMembersThatAreAbsentAreZero) {
  const Json object = {{"nothing", nullptr}, {"seven", "7"}, {"bad", "x"}};
  const JsonPlace place(object);
  EXPECT_THAT(place.OptionalProtoInt64("nothing"), IsOkAndHolds(0));
  EXPECT_THAT(place.OptionalProtoInt64("absent"), IsOkAndHolds(0));
  EXPECT_THAT(place.OptionalProtoInt64("seven"), IsOkAndHolds(7));
  EXPECT_THAT(place.OptionalProtoInt64("bad"), IsFault("/bad: must be an integer within 64 bits"));
}

TEST(JsonPlace, AProtoTimestampIsOneOfRfc3339InOneSpelling) {
  const std::pair<const char*, absl::Time> kGood[] = {
      {"2030-01-02T03:04:05Z", absl::FromUnixSeconds(1'893'553'445)},
      {"2030-01-02T03:04:05.5+01:00", absl::FromUnixMillis(1'893'549'845'500)},
      {"2030-01-02T03:04:05.000000001-00:00",
       absl::FromUnixSeconds(1'893'553'445) + absl::Nanoseconds(1)},
  };
  for (const auto& [text, time] : kGood) {
    const Json value = text;
    EXPECT_THAT(JsonPlace(value).ProtoTimestamp(), IsOkAndHolds(time)) << text;
  }
  for (const char* bad : {"",
                          "infinite-future",
                          "2030-01-02",
                          "2030-01-02T03:04:05",
                          "2030-01-02t03:04:05Z",
                          "2030-01-02T03:04:05z",
                          "2030-01-02 03:04:05Z",
                          "2030-01-02T03:04:05.Z",
                          "2030-01-02T03:04:05.0000000001Z",
                          "2030-01-02T03:04:05+01",
                          "2030-01-02T03:04:05+0100",
                          "2030-01-02T03:04:05+24:00",
                          "2030-1-2T03:04:05Z",
                          "2030-02-30T03:04:05Z",
                          "2030-01-02T25:04:05Z",
                          "2030-01-02T03:04:60Z",
                          "2030-01-02T03:04:61Z",
                          "+2030-01-02T03:04:05Z",
                          "12030-01-02T03:04:05Z",
                          "2030-01-02T03:04:05Z "}) {
    const Json value = bad;
    EXPECT_THAT(JsonPlace(value).ProtoTimestamp(), IsFault("must be an RFC 3339 time")) << bad;
  }
  const Json number = 7;
  EXPECT_THAT(JsonPlace(number).ProtoTimestamp(), IsFault("must be a string, is a number"));
}

TEST(JsonPlace, RefusesMembersThatNobodyReads) {
  EXPECT_THAT(Document().Required("of")->RefuseOthers({"c", "a/b", "more"}), IsOk());
  EXPECT_THAT(Document().Required("of")->RefuseOthers({"c"}), IsFault("/of/a~1b: is not known"));
  EXPECT_THAT(Document().Required("of")->RefuseOthers({"c"}, "has no place"),
              IsFault("/of/a~1b: has no place"));
  EXPECT_THAT(Document().Required("many")->RefuseOthers({}),
              IsFault("/many: must be an object, is an array"));
}

TEST(JsonPlace, AnErrorIsAPointerAndAReason) {
  const absl::Status error = Document().Required("yes")->Error("odd: x");
  EXPECT_EQ(error.message(), "/yes: odd: x");
  ASSERT_TRUE(FaultOf(error).has_value());
  EXPECT_EQ(FaultOf(error)->pointer, "/yes");
  EXPECT_EQ(FaultOf(error)->reason, "odd: x");

  const absl::Status whole = Document().Error("odd");
  EXPECT_EQ(whole.message(), "odd");
  ASSERT_TRUE(FaultOf(whole).has_value());
  EXPECT_EQ(FaultOf(whole)->pointer, "");
  EXPECT_EQ(FaultOf(whole)->reason, "odd");

  const absl::Status member = Document().MemberError("a/b", "odd: x");
  EXPECT_EQ(member.message(), "/a~1b: odd: x");
  ASSERT_TRUE(FaultOf(member).has_value());
  EXPECT_EQ(FaultOf(member)->pointer, "/a~1b");
  EXPECT_EQ(FaultOf(member)->reason, "odd: x");

  EXPECT_FALSE(FaultOf(absl::InvalidArgumentError("/yes: odd")).has_value());
  EXPECT_FALSE(FaultOf(Annotate("policy.yaml", error)).has_value());
  EXPECT_FALSE(FaultOf(absl::OkStatus()).has_value());
}

}  // namespace
}  // namespace countersign::base

#include "base/json_parts.h"

#include <string>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(JsonParts, NameMembersAndElements) {
  JsonParts parts;
  parts.At("/a~1b/c");
  parts.At("/list").Elements().At("/name");
  EXPECT_EQ(parts.members.count("a/b"), 1u);
  EXPECT_EQ(parts.members.find("a/b")->second.members.count("c"), 1u);
  EXPECT_EQ(parts.At("/list").Elements().members.count("name"), 1u);
  EXPECT_EQ(&parts.At(""), &parts);
}

TEST(JsonWish, WhatIsNotNamedIsLeftOut) {
  JsonParts parts;
  parts.At("/named");
  parts.prefix = "our/";
  const JsonWish object = JsonWish::ForAll(parts);
  EXPECT_FALSE(object.counts);
  EXPECT_NE(object.ForMember("named").parts, nullptr);
  EXPECT_FALSE(object.ForMember("named").counts);
  EXPECT_NE(object.ForMember("our/note").parts, nullptr);
  EXPECT_TRUE(object.ForMember("our/note").counts);
  EXPECT_EQ(object.ForMember("other").parts, nullptr);
  EXPECT_EQ(object.ForElement(0).parts, nullptr);
}

TEST(JsonWish, OfAllEverythingIsWantedAndCounts) {
  const JsonParts all = {.all = true};
  const JsonWish wish = JsonWish::ForAll(all);
  EXPECT_TRUE(wish.ForMember("any").counts);
  EXPECT_EQ(wish.ForMember("any").ForElement(7).parts, &all);
}

TEST(JsonWish, OfElementsNoMoreThanTheFirst) {
  JsonParts parts;
  parts.Elements();
  parts.max_elements = 2;
  EXPECT_NE(JsonWish::ForAll(parts).ForElement(1).parts, nullptr);
  EXPECT_EQ(JsonWish::ForAll(parts).ForElement(2).parts, nullptr);
}

TEST(JsonKeeper, WhatCountsFindsNoRoomBeyondTheBound) {
  const JsonParts any;
  JsonKeeper keeper(/*max_values=*/1);
  Json* const object = keeper.Root();
  *object = Json::object();
  *keeper.Member({.parts = &any, .counts = false}, "named", *object) = 1;
  Json* const list = keeper.Member({.parts = &any}, "list", *object);
  ASSERT_NE(list, nullptr);
  *list = Json::array();
  EXPECT_EQ(keeper.Element({.parts = nullptr}, *list), nullptr);
  EXPECT_EQ(keeper.Element({.parts = &any}, *list), nullptr);
  const ExtractedJson extracted = keeper.Take();
  EXPECT_FALSE(extracted.is_complete);
  EXPECT_EQ(extracted.value.dump(), R"({"list":[],"named":1})");
  EXPECT_GT(extracted.memory_bytes, 2u * 128);
}

TEST(JsonKeeper, OfStraysTheFirstNamesAreKeptAndDoNotCount) {
  JsonParts parts;
  parts.max_strays = 1;
  JsonKeeper keeper(/*max_values=*/0);
  Json* const object = keeper.Root();
  *object = Json::object();
  size_t strays = 0;
  keeper.KeepStray(JsonWish::ForAll(parts), "first", strays, *object);
  keeper.KeepStray(JsonWish::ForAll(parts), "second", strays, *object);
  const ExtractedJson extracted = keeper.Take();
  EXPECT_EQ(extracted.value.dump(), R"({"first":null})");
  EXPECT_TRUE(extracted.is_complete);
}

TEST(JsonKeeper, WhatIsNotWantedLeavesItComplete) {
  JsonKeeper keeper(/*max_values=*/0);
  *keeper.Root() = Json::array();
  EXPECT_TRUE(keeper.Take().is_complete);
}

}  // namespace
}  // namespace countersign::base

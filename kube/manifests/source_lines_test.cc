#include "kube/manifests/source_lines.h"

#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

constexpr std::string_view kJson = R"({
  "spec":
    {"keys": [
      {"name": "a", "key": "x, } ] \" y"},
      7,
      [true,
       null]
    ]},
  "a/b~c": "z"
  ,
  "\u00fc": 1})";

TEST(SourceLines, JsonValuesAreFoundByTheirPointers) {
  const SourceLines lines = ReadJsonLines(kJson);
  const std::pair<std::string_view, int> cases[] = {
      {"", 1},
      {"/spec", 2},
      {"/spec/keys", 3},
      {"/spec/keys/0", 4},
      {"/spec/keys/0/key", 4},
      {"/spec/keys/1", 5},
      {"/spec/keys/2", 6},
      {"/spec/keys/2/0", 6},
      {"/spec/keys/2/1", 7},
      {"/a~1b~0c", 9},
      {"/ü", 11},
  };
  for (const auto& [pointer, line] : cases) {
    EXPECT_EQ(FindLines(lines, pointer).line, line) << pointer;
  }
}

TEST(SourceLines, WhatIsAbsentIsWhereItWouldBe) {
  const SourceLines lines = ReadJsonLines(kJson);
  const std::pair<std::string_view, int> cases[] = {
      {"/nothing", 1},     {"/spec/nothing/here", 2}, {"/spec/keys/9", 3},
      {"/spec/keys/x", 3}, {"/spec/keys/-1", 3},      {"/spec/keys/0/name/deeper", 4},
      {"/a~1b~0c/0", 9},
  };
  for (const auto& [pointer, line] : cases) {
    EXPECT_EQ(FindLines(lines, pointer).line, line) << pointer;
  }
}

TEST(SourceLines, ATextOfOneValueHasOneLine) {
  EXPECT_EQ(ReadJsonLines("\n\n 7").line, 3);
  EXPECT_EQ(ReadJsonLines("\n\"x\"").line, 2);
}

}  // namespace
}  // namespace countersign::kube

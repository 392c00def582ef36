#include "base/json_bytes.h"

#include <string>

#include "base/allocated_bytes.h"
#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(JsonBytes, PlainValuesTakeNothingBeside) {
  for (const Json& json : {Json(), Json(true), Json(-7), Json(1.5)}) {
    EXPECT_EQ(AllocatedBytes(json), 0u) << json;
  }
}

TEST(JsonBytes, ATextTakesItselfAndWhatIsTooLongForIt) {
  EXPECT_EQ(AllocatedBytes(Json("short")), AllocatedBytes(sizeof(std::string)));
  EXPECT_EQ(AllocatedBytes(Json(std::string(1000, 'x'))),
            AllocatedBytes(sizeof(std::string)) + AllocatedBytes(size_t{1001}));
}

TEST(JsonBytes, WhatIsInsideCountsWithTheNames) {
  const Json inner = {{"a", "text"}};
  EXPECT_GT(AllocatedBytes(inner), AllocatedBytes(Json::object()) + AllocatedBytes(Json("text")));
  const Json list = Json::array({inner, inner});
  EXPECT_GT(AllocatedBytes(list), 2 * AllocatedBytes(inner));
  const std::string name(500, 'n');
  EXPECT_GE(AllocatedBytes(Json{{name, 1}}), AllocatedBytes(Json{{"n", 1}}) + 500);
}

}  // namespace
}  // namespace countersign::base

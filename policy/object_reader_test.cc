#include "policy/object_reader.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::JsonPlace;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

auto ProblemAt(std::string pointer, std::string reason) {
  return AllOf(Field(&Problem::pointer, std::move(pointer)),
               Field(&Problem::reason, std::move(reason)));
}

const Json& Object() {
  static const Json* const object =
      new Json({{"text", "a"}, {"empty", ""}, {"number", 1}, {"list", {1, 2}}, {"null", nullptr}});
  return *object;
}

TEST(ObjectReader, WhatIsAsItShouldBeIsRead) {
  ObjectReader reader;
  const JsonPlace object(Object());
  EXPECT_EQ(reader.Text(object, "text").value(), "a");
  EXPECT_EQ(reader.Needed(object, "number")->json(), 1);
  EXPECT_THAT(reader.Elements(*object.Required("list")), SizeIs(2));
  EXPECT_THAT(reader.problems(), IsEmpty());
  EXPECT_FALSE(reader.fault().has_value());
}

TEST(ObjectReader, ATextThatIsNoneIsAProblemAndLeavesTheRestUsable) {
  ObjectReader reader;
  const JsonPlace object(Object());
  for (const char* name : {"empty", "number", "null", "absent"}) {
    EXPECT_FALSE(reader.Text(object, name).ok()) << name;
  }
  EXPECT_THAT(reader.problems(),
              ElementsAre(ProblemAt("/empty", "is empty"), ProblemAt("/number", "must be a string"),
                          ProblemAt("/null", "is missing"), ProblemAt("/absent", "is missing")));
  EXPECT_FALSE(reader.fault().has_value());
}

TEST(ObjectReader, WhatIsNeededAndNotThereIsAFaultOfWhichTheFirstIsKept) {
  ObjectReader reader;
  const JsonPlace object(Object());
  reader.AddProblem("/x", "is odd");
  EXPECT_FALSE(reader.Needed(object, "null").has_value());
  EXPECT_FALSE(reader.Needed(*object.Required("text"), "inside").has_value());
  EXPECT_THAT(reader.Elements(*object.Required("number")), IsEmpty());
  reader.AddFault(absl::OkStatus());
  ASSERT_TRUE(reader.fault().has_value());
  EXPECT_THAT(*reader.fault(), ProblemAt("/null", "is missing"));
  EXPECT_THAT(reader.problems(),
              ElementsAre(ProblemAt("/x", "is odd"), ProblemAt("/null", "is missing"),
                          ProblemAt("/text", "must be an object, is a string"),
                          ProblemAt("/number", "must be an array, is a number")));
}

}  // namespace
}  // namespace countersign::policy

#include "kube/metadata.h"

#include <map>
#include <string>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

const Json kObject = {
    {"metadata",
     {{"name", "one"},
      {"namespace", "shop"},
      {"uid", "u-1"},
      {"resourceVersion", "17"},
      {"generation", 3},
      {"annotations", {{"a", "b"}}},
      {"generateName", "one-"},
      {"continue", "more"},
      {"deletionTimestamp", "2030-01-02T03:04:05Z"},
      {"finalizers", {"a", "b"}},
      {"ownerReferences", {{{"kind", "Other"}}, {{"kind", "Deployment"}, {"controller", true}}}}}}};

TEST(Metadata, IsWhatTheObjectHas) {
  EXPECT_EQ(NameOf(kObject), "one");
  EXPECT_EQ(GenerateNameOf(kObject), "one-");
  EXPECT_EQ(UidOf(kObject), "u-1");
  EXPECT_EQ(ResourceVersionOf(kObject), "17");
  EXPECT_EQ(GenerationOf(kObject), 3);
  ASSERT_NE(FindAnnotations(kObject), nullptr);
  EXPECT_EQ(*FindAnnotations(kObject), Json::parse(R"({"a": "b"})"));
  EXPECT_TRUE(IsBeingDeleted(kObject));
  EXPECT_TRUE(HasFinalizer(kObject, "b"));
  EXPECT_FALSE(HasFinalizer(kObject, "c"));
  EXPECT_TRUE(HasController(kObject));
  ASSERT_NE(FindInMetadata(kObject, "generation"), nullptr);
  EXPECT_EQ(*FindInMetadata(kObject, "generation"), Json(3));
  EXPECT_THAT(ReadName(kObject), IsOkAndHolds("one"));
  EXPECT_THAT(ReadNamespace(kObject), IsOkAndHolds("shop"));
  EXPECT_THAT(ReadResourceVersion(kObject), IsOkAndHolds("17"));
  EXPECT_THAT(ReadContinue(kObject), IsOkAndHolds("more"));
}

TEST(Metadata, WhatIsAbsentOrOfAnotherTypeIsNothing) {
  const Json odd = {
      {"metadata",
       {{"name", 7},
        {"generation", "3"},
        {"annotations", Json::array({1})},
        {"deletionTimestamp", nullptr},
        {"finalizers", "a"},
        {"ownerReferences", {"x", {{"controller", "yes"}}, {{"controller", false}}}}}}};
  for (const Json& object : {Json(), Json(7), Json::object(), Json{{"metadata", 7}}, odd}) {
    EXPECT_EQ(NameOf(object), "") << object;
    EXPECT_EQ(UidOf(object), "") << object;
    EXPECT_EQ(ResourceVersionOf(object), "") << object;
    EXPECT_EQ(GenerationOf(object), 0) << object;
    EXPECT_FALSE(HasFinalizer(object, "a")) << object;
    EXPECT_EQ(FindAnnotations(object), nullptr) << object;
    EXPECT_FALSE(IsBeingDeleted(object)) << object;
    EXPECT_FALSE(HasController(object)) << object;
  }
}

TEST(Metadata, LabelsAreReadWhole) {
  using Labels = std::map<std::string, std::string>;
  EXPECT_THAT(ReadLabels({{"metadata", {{"labels", {{"app", "web"}, {"a/b", ""}}}}}}),
              IsOkAndHolds(Labels{{"a/b", ""}, {"app", "web"}}));
  EXPECT_THAT(ReadLabels({{"metadata", {{"labels", nullptr}}}}), IsOkAndHolds(Labels()));
  EXPECT_THAT(ReadLabels(Json::object()), IsOkAndHolds(Labels()));
  EXPECT_THAT(ReadLabels({{"metadata", {{"labels", {{"a/b", 7}}}}}}),
              StatusIs(kInvalid, "/metadata/labels/a~1b: must be a string, is a number"));
  EXPECT_THAT(ReadLabels({{"metadata", {{"labels", "app"}}}}),
              StatusIs(kInvalid, "/metadata/labels: must be an object, is a string"));
}

TEST(Metadata, WhatMustBeThereIsNamedWhereItIsNot) {
  EXPECT_THAT(ReadName(Json::object()), StatusIs(kInvalid, "/metadata: must be given"));
  EXPECT_THAT(ReadNamespace(Json::object()), StatusIs(kInvalid, "/metadata: must be given"));
  EXPECT_THAT(ReadName({{"metadata", Json::object()}}),
              StatusIs(kInvalid, "/metadata/name: must be given"));
  EXPECT_THAT(ReadName({{"metadata", {{"name", ""}}}}),
              StatusIs(kInvalid, "/metadata/name: must be given"));
  EXPECT_THAT(ReadName({{"metadata", {{"name", 7}}}}),
              StatusIs(kInvalid, "/metadata/name: must be a string, is a number"));
  EXPECT_THAT(ReadNamespace({{"metadata", {{"name", "one"}}}}), IsOkAndHolds(""));
  EXPECT_THAT(ReadContinue({{"metadata", {{"name", "one"}}}}), IsOkAndHolds(""));
  EXPECT_THAT(ReadResourceVersion({{"metadata", {{"name", "one"}}}}),
              StatusIs(kInvalid, "/metadata/resourceVersion: must be given"));
}

}  // namespace
}  // namespace countersign::kube

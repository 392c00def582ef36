#include "kube/metadata_review.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/json_place.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> Lines(const std::vector<base::JsonFault>& faults) {
  std::vector<std::string> lines;
  for (const base::JsonFault& fault : faults) {
    lines.push_back(absl::StrCat(fault.pointer, ": ", fault.reason));
  }
  return lines;
}

std::vector<std::string> Refused(const std::string& object) {
  return Lines(ReviewMetadata(base::ParseJson(object).value()).refused);
}

TEST(MetadataReview, WhatAnObjectMayHaveIsNothing) {
  const Json object = base::ParseJson(R"({"metadata": {
    "name": "shop.example-1", "namespace": "a", "labels": {"a/b": ""}, "annotations": null,
    "uid": "x", "resourceVersion": "7", "generation": 3, "creationTimestamp": null,
    "finalizers": [], "ownerReferences": [], "managedFields": [], "generateName": "s"}})")
                          .value();
  EXPECT_THAT(ReviewMetadata(object).refused, IsEmpty());
  EXPECT_THAT(ReviewMetadata(object).unknown, IsEmpty());
}

TEST(MetadataReview, ANameMustBeThereAndBeADnsSubdomain) {
  EXPECT_THAT(Refused("{}"), ElementsAre("/metadata: must be given"));
  EXPECT_THAT(Refused(R"({"metadata": null})"), ElementsAre("/metadata: must be given"));
  EXPECT_THAT(Refused(R"({"metadata": [1]})"),
              ElementsAre("/metadata: must be an object, is an array"));
  EXPECT_THAT(Refused(R"({"metadata": {}})"), ElementsAre("/metadata/name: must be given"));
  EXPECT_THAT(Refused(R"({"metadata": {"name": ""}})"),
              ElementsAre("/metadata/name: must be given"));
  EXPECT_THAT(Refused(R"({"metadata": {"name": 5}})"),
              ElementsAre("/metadata/name: must be a string, is a number"));
  for (const char* const name : {"Bad_Name!", "A", "-a", "a-", "a..b", "a\\nb"}) {
    EXPECT_THAT(Refused(absl::StrCat(R"({"metadata": {"name": ")", name, R"("}})")),
                ElementsAre(HasSubstr("is no name of an object")))
        << name;
  }
}

TEST(MetadataReview, ANameMayBeginWithWhatIsGiven) {
  for (const char* const begun : {"shop-", "shop", "a--", "a.b-"}) {
    EXPECT_THAT(Refused(absl::StrCat(R"({"metadata": {"generateName": ")", begun, R"("}})")),
                IsEmpty())
        << begun;
  }
  EXPECT_THAT(Refused(R"({"metadata": {"generateName": "a-", "name": "Bad"}})"),
              ElementsAre(StartsWith("/metadata/name: \"Bad\" is no name of an object")));
  EXPECT_THAT(Refused(R"({"metadata": {"generateName": ""}})"),
              ElementsAre("/metadata/name: must be given"));
  EXPECT_THAT(Refused(R"({"metadata": {"generateName": 5}})"),
              ElementsAre("/metadata/generateName: must be a string, is a number"));
  for (const char* const begun : {"Shop-", "-", "a.", "a.-", "-a"}) {
    EXPECT_THAT(
        Refused(absl::StrCat(R"({"metadata": {"name": "a", "generateName": ")", begun, R"("}})")),
        ElementsAre(StartsWith(absl::StrCat("/metadata/generateName: \"", begun, "\" is no name"))))
        << begun;
  }
}

TEST(MetadataReview, LabelsAndAnnotationsAreMapsOfStrings) {
  EXPECT_THAT(
      Refused(R"({"metadata": {"name": "a", "namespace": 1, "labels": 5, "annotations": []}})"),
      ElementsAre("/metadata/namespace: must be a string, is a number",
                  "/metadata/labels: must be an object, is a number",
                  "/metadata/annotations: must be an object, is an array"));
  EXPECT_THAT(
      Refused(R"({"metadata": {"name": "a", "labels": {"x/y": true}, "annotations": {"x": {}}}})"),
      ElementsAre("/metadata/labels/x~1y: must be a string, is a boolean: put it in quotes",
                  "/metadata/annotations/x: must be a string, is an object"));
}

TEST(MetadataReview, OtherMembersAreNotKnown) {
  const MetadataReview review =
      ReviewMetadata(base::ParseJson(R"({"metadata": {"name": "a", "a/b": 1}})").value());
  EXPECT_THAT(review.refused, IsEmpty());
  EXPECT_THAT(Lines(review.unknown), ElementsAre(StartsWith("/metadata/a~1b: is not known")));
}

}  // namespace
}  // namespace countersign::kube

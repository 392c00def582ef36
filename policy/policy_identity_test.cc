#include "policy/policy_identity.h"

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

auto ProblemAt(std::string pointer, std::string reason) {
  return AllOf(Field(&Problem::pointer, std::move(pointer)),
               Field(&Problem::reason, std::move(reason)));
}

Json Good() {
  return {{"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", "image-policy"}}}};
}

TEST(PolicyIdentity, IsThatOfTheOnePolicyInAnyVersion) {
  Json object = Good();
  EXPECT_THAT(FindIdentityFaults(JsonPlace(object)), IsEmpty());
  object["apiVersion"] = "signing.apps.tanzu.vmware.com/v1";
  EXPECT_THAT(FindIdentityFaults(JsonPlace(object)), IsEmpty());
  EXPECT_FALSE(IsMisnamed(JsonPlace(object)));
}

TEST(PolicyIdentity, AnotherIsRefusedInEachPartOfIt) {
  const Json other = {{"apiVersion", "policy.sigstore.dev/v1beta1"},
                      {"kind", "Pod"},
                      {"metadata", {{"name", "mine\n"}}}};
  EXPECT_THAT(FindIdentityFaults(JsonPlace(other)),
              ElementsAre(ProblemAt("/apiVersion",
                                    "must be a version of signing.apps.tanzu.vmware.com, is "
                                    "\"policy.sigstore.dev/v1beta1\""),
                          ProblemAt("/kind", "must be \"ClusterImagePolicy\", is \"Pod\""),
                          ProblemAt("/metadata/name",
                                    "must be \"image-policy\", is \"mine\\x0a\": there is one "
                                    "policy, which has this name, and no second")));
  EXPECT_TRUE(IsMisnamed(JsonPlace(other)));
}

TEST(PolicyIdentity, WhatIsNotThereIsSaid) {
  Json object = Good();
  object.erase("metadata");
  EXPECT_THAT(FindIdentityFaults(JsonPlace(object)),
              ElementsAre(ProblemAt("/metadata", "is missing")));
  for (const Json& metadata : {Json(), Json("image-policy"), Json::object(), Json({{"name", 1}})}) {
    object["metadata"] = metadata;
    EXPECT_TRUE(IsMisnamed(JsonPlace(object))) << metadata;
  }
  const Json none = 7;
  EXPECT_TRUE(IsMisnamed(JsonPlace(none)));
}

}  // namespace
}  // namespace countersign::policy

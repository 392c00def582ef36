#include "policy/object_match.h"

#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

const ObjectDescription kDeployment = {
    .api_group = "apps", .api_version = "v1", .resource = "deployments"};
const ObjectDescription kPod = {.api_version = "v1", .resource = "pods"};

// Selectors are looked at in policy/sigstore/compiled_sigstore_test.cc.
TEST(ObjectMatch, GroupAndResourceAreCompared) {
  const ObjectMatch deployments = {
      .api_group = "apps", .api_version = "v1", .resource = "deployments"};
  EXPECT_TRUE(deployments.Matches(kDeployment));
  EXPECT_FALSE(deployments.Matches(kPod));
  EXPECT_FALSE(deployments.Matches(
      {.api_group = "extensions", .api_version = "v1", .resource = "deployments"}));
}

TEST(ObjectMatch, WithoutAVersionOrWithAStarAnyWillDo) {
  const ObjectDescription beta = {
      .api_group = "apps", .api_version = "v1beta1", .resource = "deployments"};
  const auto with = [](const char* version) {
    return ObjectMatch{.api_group = "apps", .api_version = version, .resource = "deployments"};
  };
  EXPECT_TRUE(with("").Matches(beta));
  EXPECT_TRUE(with("*").Matches(beta));
  EXPECT_FALSE(with("v1").Matches(beta));
}

TEST(ObjectMatch, WithoutAResourceAllOfTheGroupWillDo) {
  const ObjectMatch apps = {.api_group = "apps"};
  EXPECT_TRUE(apps.Matches(kDeployment));
  EXPECT_FALSE(apps.Matches(kPod));
}

TEST(ObjectMatch, WhateverThereIsWillDoWhereItSaysSo) {
  const ObjectMatch any = {.is_any = true};
  EXPECT_TRUE(any.Matches(kDeployment));
  EXPECT_TRUE(any.Matches(kPod));
}

}  // namespace
}  // namespace countersign::policy

#include "policy/policy_identity.h"

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kBad = absl::StatusCode::kInvalidArgument;

Json Good() {
  return {{"apiVersion", "signing.apps.tanzu.vmware.com/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", "image-policy"}}}};
}

TEST(PolicyIdentity, IsThatOfTheOnePolicyInAnyVersion) {
  EXPECT_THAT(FindIdentityFaults(Good()), IsEmpty());
  Json object = Good();
  object["apiVersion"] = "signing.apps.tanzu.vmware.com/v1";
  EXPECT_THAT(FindIdentityFaults(object), IsEmpty());
}

TEST(PolicyIdentity, AnotherIsRefusedInEachPartOfIt) {
  const Json other = {{"apiVersion", "policy.sigstore.dev/v1beta1"},
                      {"kind", "Pod"},
                      {"metadata", {{"name", "mine\n"}}}};
  EXPECT_THAT(
      FindIdentityFaults(other),
      ElementsAre(StatusIs(kBad,
                           "/apiVersion: must be a version of signing.apps.tanzu.vmware.com, is "
                           "\"policy.sigstore.dev/v1beta1\""),
                  StatusIs(kBad, "/kind: must be \"ClusterImagePolicy\", is \"Pod\""),
                  StatusIs(kBad,
                           "/metadata/name: must be \"image-policy\", is \"mine\\x0a\": there is "
                           "one policy, which has this name, and no second")));
}

TEST(PolicyIdentity, WhatIsNotThereIsSaid) {
  Json object = Good();
  object.erase("metadata");
  EXPECT_THAT(FindIdentityFaults(object), ElementsAre(StatusIs(kBad, "/metadata: is missing")));
}

}  // namespace
}  // namespace countersign::policy

#include "verifier/policies/policy_resource.h"

#include "base/json_place.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/policy_identity.h"
#include "policy/test_policy.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using testing::IsEmpty;

TEST(PolicyResource, SelectsWhatThePolicysReaderTakes) {
  const kube::ObjectSelection policies = PolicySelection();
  EXPECT_THAT(kube::CheckSelection(policies), IsOk());
  const base::Json object = {
      {"apiVersion", policies.resource.group + "/" + policies.resource.version},
      {"kind", policies.resource.kind},
      {"metadata", {{"name", policy::kPolicyName}}}};
  EXPECT_THAT(policy::FindIdentityFaults(base::JsonPlace(object)), IsEmpty());
}

TEST(PolicyResource, StatusIsWrittenToTheSubresourceOfTheObjectsOwnVersion) {
  base::Json policy = policy::TestPolicy().Object();
  EXPECT_EQ(PolicyStatusPath(policy).Url(),
            "/apis/signing.apps.tanzu.vmware.com/v1beta1/clusterimagepolicies/image-policy/status");
  policy["apiVersion"] = "signing.apps.tanzu.vmware.com/v1";
  EXPECT_EQ(PolicyStatusPath(policy).Url(),
            "/apis/signing.apps.tanzu.vmware.com/v1/clusterimagepolicies/image-policy/status");
}

}  // namespace
}  // namespace countersign::verifier

#include "verifier/policies/policy_objects.h"

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

TEST(PolicyObjects, AreThoseThatThePolicysReaderTakes) {
  const kube::ObjectSelection policies = PolicyObjects();
  EXPECT_THAT(kube::CheckSelection(policies), IsOk());
  const base::Json object = {
      {"apiVersion", policies.resource.group + "/" + policies.resource.version},
      {"kind", policies.resource.kind},
      {"metadata", {{"name", policy::kPolicyName}}}};
  EXPECT_THAT(policy::FindIdentityFaults(base::JsonPlace(object)), IsEmpty());
}

TEST(PolicyObjects, TheirStatusIsWrittenToTheSubresourceOfTheirOwnVersion) {
  base::Json policy = policy::TestPolicy().Object();
  EXPECT_EQ(PolicyStatusPath(policy).Url(),
            "/apis/signing.apps.tanzu.vmware.com/v1beta1/clusterimagepolicies/image-policy/status");
  policy["apiVersion"] = "signing.apps.tanzu.vmware.com/v1";
  EXPECT_EQ(PolicyStatusPath(policy).Url(),
            "/apis/signing.apps.tanzu.vmware.com/v1/clusterimagepolicies/image-policy/status");
}

}  // namespace
}  // namespace countersign::verifier

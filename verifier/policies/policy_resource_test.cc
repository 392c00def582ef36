#include "verifier/policies/policy_resource.h"

#include <string>
#include <vector>

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

TEST(PolicyResource, WhatPoliciesOfSigstoreAreMadeOfCanBeWatched) {
  std::vector<std::string> urls;
  for (const kube::ObjectSelection& selection : SigstoreSelections("cosign-system")) {
    EXPECT_THAT(kube::CheckSelection(selection), IsOk());
    urls.push_back(selection.resource.group + "/" + selection.resource.version + "/" +
                   selection.object_namespace + "/" + selection.resource.plural + "/" +
                   selection.name);
  }
  EXPECT_THAT(urls, testing::ElementsAre("policy.sigstore.dev/v1alpha1//clusterimagepolicies/",
                                         "policy.sigstore.dev/v1alpha1//trustroots/",
                                         "policy.countersign.dev/v1alpha1//policyoptions/",
                                         "/v1/cosign-system/configmaps/config-policy-controller",
                                         "/v1//namespaces/"));
}

TEST(PolicyResource, StatusOfWhateverKindIsWrittenInTheVersionOfTheObject) {
  const base::Json object = {{"apiVersion", "policy.sigstore.dev/v1alpha1"},
                             {"metadata", {{"name", "corp"}}}};
  EXPECT_EQ(StatusPath(TrustRootSelection().resource, object).Url(),
            "/apis/policy.sigstore.dev/v1alpha1/trustroots/corp/status");
}

TEST(PolicyResource, ThePolicyControllersFinalizerSaysWhoseItIs) {
  base::Json object = {{"metadata", {{"finalizers", {"other"}}}}};
  EXPECT_FALSE(IsOfPolicyController(object));
  object["metadata"]["finalizers"].push_back("clusterimagepolicies.policy.sigstore.dev");
  EXPECT_TRUE(IsOfPolicyController(object));
}

}  // namespace
}  // namespace countersign::verifier

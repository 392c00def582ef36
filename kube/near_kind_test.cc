#include "kube/near_kind.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<KnownKind>& Known() {
  static const auto* const known =
      new std::vector<KnownKind>{{.group = "signing.apps.tanzu.vmware.com",
                                  .version = "v1beta1",
                                  .kind = "ClusterImagePolicy",
                                  .spec_members = {"verification"}},
                                 {.group = "policy.sigstore.dev",
                                  .version = "v1alpha1",
                                  .kind = "ClusterImagePolicy",
                                  .former_group = "cosigned.sigstore.dev",
                                  .spec_members = {"images", "authorities"}},
                                 {"policy.sigstore.dev", "v1alpha1", "TrustRoot"},
                                 {"policy.countersign.dev", "v1alpha1", "PolicyOptions"},
                                 {"", "v1", "ConfigMap"}};
  return *known;
}

// "POINTER: REASON", or "" if there is nothing to say.
std::string Find(const std::string& object) {
  const auto fault = FindNearKind(base::ParseJson(object).value(), Known());
  return fault.has_value() ? fault->pointer + ": " + fault->reason : "";
}

TEST(NearKind, WhatIsKnownOrSomethingElseIsNone) {
  for (const char* const object : {
           R"({"apiVersion": "policy.sigstore.dev/v9", "kind": "TrustRoot"})",
           R"({"apiVersion": "v1", "kind": "ConfigMap"})",
           R"({"apiVersion": "config.openshift.io/v1", "kind": "ClusterImagePolicy"})",
           R"({"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy"})",
           R"({"apiVersion": "v1", "kind": "Pod"})",
           R"({"apiVersion": "v1", "kind": "ConfigMaps"})",
           R"({"apiVersion": "example.org/v1", "kind": "ConfigMap"})",
           R"({"apiVersion": "v1"})",
           R"({"spec": {"replicas": 1}})",
           R"({"images": []})",
           R"({"apiVersion": "cosigned.sigstore.dev/v1alpha1", "kind": "TrustRoot"})",
           "[1]",
           "7",
       }) {
    EXPECT_EQ(Find(object), "") << object;
  }
}

TEST(NearKind, ASlipInTheKindIsSaid) {
  EXPECT_EQ(Find(R"({"apiVersion": "policy.sigstore.dev/v1beta1", "kind": "clusterimagepolicy"})"),
            "/kind: is passed over, as it has apiVersion \"policy.sigstore.dev/v1beta1\" and kind "
            "\"clusterimagepolicy\": write \"apiVersion: policy.sigstore.dev/v1beta1\" and \"kind: "
            "ClusterImagePolicy\"");
  for (const char* const kind :
       {"ClusterImagePolicies", "ClusterImagPolicy", "CLUSTERIMAGEPOLICY"}) {
    EXPECT_THAT(Find(R"({"apiVersion": "policy.sigstore.dev/v1beta1", "kind": ")" +
                     std::string(kind) + "\"}"),
                HasSubstr("\"kind: ClusterImagePolicy\""));
  }
  EXPECT_THAT(Find(R"({"apiVersion": "v1", "kind": "configmap"})"),
              HasSubstr("write \"apiVersion: v1\" and \"kind: ConfigMap\""));
}

TEST(NearKind, ASlipInTheGroupIsSaid) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"apiVersion": "cosigned.sigstore.dev/v1alpha1", "kind": "ClusterImagePolicy"})",
       "write \"apiVersion: policy.sigstore.dev/v1alpha1\""},
      {R"({"apiVersion": "policy.sigstor.dev/v1beta1", "kind": "ClusterImagePolicy"})",
       "write \"apiVersion: policy.sigstore.dev/v1beta1\""},
      {R"({"apiVersion": "policy.sigstore.dev", "kind": "TrustRoot"})",
       "write \"apiVersion: policy.sigstore.dev/v1alpha1\""},
      {R"({"apiVersion": "policy.sigstore.dev/v1alpha1", "kind": "PolicyOptions"})",
       "write \"apiVersion: policy.countersign.dev/v1alpha1\""},
  };
  for (const auto& [object, remedy] : cases) {
    EXPECT_THAT(Find(object), AllOf(HasSubstr("/apiVersion: is passed over"), HasSubstr(remedy)))
        << object;
  }
}

TEST(NearKind, WhatIsLeftOutIsSaid) {
  EXPECT_THAT(Find(R"({"apiVersion": "policy.countersign.dev/v1alpha1"})"),
              AllOf(HasSubstr("no kind"), HasSubstr("\"kind: PolicyOptions\"")));
  EXPECT_THAT(Find(R"({"kind": "TrustRoot"})"),
              AllOf(HasSubstr("no apiVersion"), HasSubstr("policy.sigstore.dev/v1alpha1")));
  EXPECT_THAT(Find(R"({"kind": "ClusterImagePolicy", "apiVersion": "v1"})"),
              AllOf(HasSubstr("\"apiVersion: signing.apps.tanzu.vmware.com/v1beta1\""),
                    HasSubstr(", or \"apiVersion: policy.sigstore.dev/v1alpha1\"")));
  EXPECT_EQ(Find(R"({"spec": {"images": []}})"),
            "/kind: is passed over, as it has no apiVersion and no kind: write \"apiVersion: "
            "policy.sigstore.dev/v1alpha1\" and \"kind: ClusterImagePolicy\"");
  EXPECT_THAT(Find(R"({"spec": {"verification": {}}})"),
              HasSubstr("write \"apiVersion: signing.apps.tanzu.vmware.com/v1beta1\""));
}

TEST(NearKind, AListWithoutObjectsIsSaid) {
  EXPECT_THAT(
      Find(R"({"apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicyList"})"),
      AllOf(HasSubstr("\"kind: ClusterImagePolicyList\""), HasSubstr("objects in /items")));
}

TEST(NearKind, WhatIsSaidIsPrintable) {
  EXPECT_EQ(Find(R"({"apiVersion": "policy.sigstore.dev/v\n1", "kind": "trustroot"})").find('\n'),
            std::string::npos);
}

}  // namespace
}  // namespace countersign::kube

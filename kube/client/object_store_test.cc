#include "kube/client/object_store.h"

#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

const ObjectPath kSecret = {
    .version = "v1", .object_namespace = "shop", .resource = "secrets", .name = "regcred"};
const ObjectPath kPolicy = {.group = "signing.apps.tanzu.vmware.com",
                            .version = "v1beta1",
                            .resource = "clusterimagepolicies",
                            .name = "image-policy",
                            .sub_resource = "status"};

TEST(ObjectPath, TheCoreGroupIsUnderApi) {
  EXPECT_EQ(kSecret.Url(), "/api/v1/namespaces/shop/secrets/regcred");
  EXPECT_EQ(kSecret.CollectionUrl(), "/api/v1/namespaces/shop/secrets");
}

TEST(ObjectPath, OtherGroupsAreUnderApis) {
  EXPECT_EQ(kPolicy.Url(),
            "/apis/signing.apps.tanzu.vmware.com/v1beta1/clusterimagepolicies/image-policy/status");
  EXPECT_EQ(kPolicy.CollectionUrl(),
            "/apis/signing.apps.tanzu.vmware.com/v1beta1/clusterimagepolicies");
}

TEST(ObjectPath, NoPartLeavesItsSegment) {
  ObjectPath path = kSecret;
  path.name = "../../x?y#z%2f";
  path.object_namespace = "a/b";
  EXPECT_EQ(path.Url(), "/api/v1/namespaces/a%2Fb/secrets/..%2F..%2Fx%3Fy%23z%252f");
}

TEST(ObjectPath, ReadsLikeKubectl) {
  EXPECT_EQ(kSecret.Describe(), "secrets shop/regcred");
  EXPECT_EQ(kPolicy.Describe(), "clusterimagepolicies image-policy");
}

}  // namespace
}  // namespace countersign::kube

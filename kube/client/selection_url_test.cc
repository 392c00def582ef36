#include "kube/client/selection_url.h"

#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

const ObjectSelection kWidgets = {
    .resource = {.group = "example.org", .version = "v1", .plural = "widgets"}};
const ObjectSelection kConfigMap = {
    .resource = {.version = "v1", .plural = "configmaps", .is_namespaced = true},
    .object_namespace = "infra",
    .name = "roots"};

TEST(SelectionUrl, AListComesInPieces) {
  EXPECT_EQ(ListUrl(kWidgets, 8, ""), "/apis/example.org/v1/widgets?limit=8");
  EXPECT_EQ(ListUrl(kWidgets, 8, "a/b&"), "/apis/example.org/v1/widgets?limit=8&continue=a%2Fb%26");
}

TEST(SelectionUrl, AWatchBeginsWhereTheListEnded) {
  EXPECT_EQ(WatchUrl(kWidgets, "1&7", 300),
            "/apis/example.org/v1/widgets?watch=1&allowWatchBookmarks=true&resourceVersion=1%267"
            "&timeoutSeconds=300");
}

TEST(SelectionUrl, OneObjectIsSelectedByItsName) {
  EXPECT_EQ(ListUrl(kConfigMap, 8, "x"),
            "/api/v1/namespaces/infra/configmaps?limit=8&continue=x"
            "&fieldSelector=metadata.name%3Droots");
  EXPECT_EQ(WatchUrl(kConfigMap, "17", 300),
            "/api/v1/namespaces/infra/configmaps?watch=1&allowWatchBookmarks=true"
            "&resourceVersion=17&timeoutSeconds=300&fieldSelector=metadata.name%3Droots");
}

TEST(SelectionUrl, OfAllNamespacesIsUnderNone) {
  ObjectSelection all = kConfigMap;
  all.object_namespace = "";
  all.name = "";
  EXPECT_EQ(ListUrl(all, 8, ""), "/api/v1/configmaps?limit=8");
}

}  // namespace
}  // namespace countersign::kube

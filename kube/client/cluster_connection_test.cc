#include "kube/client/cluster_connection.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "kube/client/fake_api_server.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;

TEST(ClusterConnection, AllViewsSpeakToTheClusterOfTheKubeconfig) {
  FakeApiServer server;
  server.RequireToken("abc");
  server.PutObject("/api/v1/namespaces/shop/secrets/x", {{"type", "Opaque"}});
  const std::string file = absl::StrCat(testing::TempDir(), "/config");
  std::ofstream(file) << "contexts: [{name: a, context: {cluster: c, user: u}}]\n"
                      << "clusters: [{name: c, cluster: {server: '" << server.Config().server
                      << "'}}]\nusers: [{name: u, user: {token: abc}}]\n";
  EXPECT_THAT(ConnectToCluster({.kubeconfig = file}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("/current-context")));
  absl::StatusOr<ClusterConnection> cluster =
      ConnectToCluster({.kubeconfig = file, .kubeconfig_context = "a"});
  ASSERT_THAT(cluster, IsOk());
  EXPECT_EQ(cluster->secrets->FetchSecret("shop", "x", base::Soon())->type, "Opaque");
  cluster->secrets.reset();
  EXPECT_THAT(cluster->store->Get(
                  {.version = "v1", .object_namespace = "shop", .resource = "secrets", .name = "x"},
                  base::Soon()),
              IsOk());
}

TEST(ClusterConnection, OneClusterMustBeNamed) {
  EXPECT_THAT(ConnectToCluster({}), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ConnectToCluster({.in_cluster = true, .kubeconfig = "x"}),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(ClusterConnection, APodFindsItsServiceAccount) {
  setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "1", 1);
  const http::TestAuthority authority;
  ClusterOptions options{.in_cluster = true, .service_account_directory = authority.directory()};
  EXPECT_THAT(ConnectToCluster(options), StatusIs(StatusCode::kNotFound, HasSubstr("/ca.crt")));
  std::ofstream(authority.directory() + "/ca.crt") << authority.CaPem();
  EXPECT_THAT(ConnectToCluster(options), StatusIs(StatusCode::kNotFound, HasSubstr("/token")));
  std::ofstream(authority.directory() + "/token") << "abc";
  EXPECT_THAT(ConnectToCluster(options), IsOk());
}

}  // namespace
}  // namespace countersign::kube

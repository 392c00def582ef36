#include "kube/client/in_cluster.h"

#include <cstdlib>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;

absl::StatusOr<ClusterConfig> ConfigFor(const char* host, const char* port) {
  setenv("KUBERNETES_SERVICE_HOST", host, 1);
  setenv("KUBERNETES_SERVICE_PORT", port, 1);
  return InClusterConfig("/run/account");
}

TEST(InCluster, TheAddressIsInTheEnvironmentAndTheRestInFiles) {
  const absl::StatusOr<ClusterConfig> config = ConfigFor("10.0.0.1", "443");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server, "https://10.0.0.1");
  EXPECT_EQ(config->certificate_authority.file, "/run/account/ca.crt");
  EXPECT_EQ(config->token_file, "/run/account/token");
  EXPECT_EQ(config->token, "");
  EXPECT_FALSE(config->insecure_skip_tls_verify);
}

TEST(InCluster, Ipv6AddressesGetBrackets) {
  EXPECT_EQ(ConfigFor("fd00::1", "6443")->server, "https://[fd00::1]:6443");
  EXPECT_EQ(ConfigFor("[fd00::1]", "6443")->server, "https://[fd00::1]:6443");
}

TEST(InCluster, OutsideOfAPodItIsSaid) {
  unsetenv("KUBERNETES_SERVICE_HOST");
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  EXPECT_THAT(InClusterConfig("/run/account"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is this a pod")));
}

TEST(InCluster, AnAddressThatIsNoneIsSaid) {
  for (const char* port : {"x", "0", "65536", "443/path"}) {
    EXPECT_THAT(ConfigFor("10.0.0.1", port), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_THAT(ConfigFor("10.0.0.1/path?", "443"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace countersign::kube

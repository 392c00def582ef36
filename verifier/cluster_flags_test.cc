#include "verifier/cluster_flags.h"

#include <string>

#include "CLI/CLI.hpp"
#include "base/flag_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using testing::HasSubstr;

kube::ClusterOptions Parse(const std::string& line) {
  kube::ClusterOptions options;
  CLI::App app;
  AddClusterFlags(&app, &options, "Cluster");
  app.parse(line);
  return options;
}

std::string ErrorOf(const std::string& line) {
  return base::FlagError([&] { Parse(line); });
}

TEST(ClusterFlags, NameOneCluster) {
  EXPECT_FALSE(Parse("").IsNamed());
  const kube::ClusterOptions own = Parse("--kubernetes");
  EXPECT_TRUE(own.in_cluster);
  EXPECT_TRUE(own.IsNamed());
  const kube::ClusterOptions other = Parse("--kubeconfig k.yaml --kubeconfig-context c");
  EXPECT_EQ(other.kubeconfig, "k.yaml");
  EXPECT_EQ(other.kubeconfig_context, "c");
  EXPECT_TRUE(other.IsNamed());
}

TEST(ClusterFlags, TwoClustersOrAContextOfNoneAreRefused) {
  EXPECT_THAT(ErrorOf("--kubernetes --kubeconfig k.yaml"), HasSubstr("--kubeconfig"));
  EXPECT_THAT(ErrorOf("--kubeconfig-context c"), HasSubstr("--kubeconfig"));
  EXPECT_THAT(ErrorOf("--kubernetes --kubeconfig-context c"), HasSubstr("--kubeconfig"));
}

}  // namespace
}  // namespace countersign::verifier

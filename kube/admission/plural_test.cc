#include "kube/admission/plural.h"

#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

TEST(GuessPlural, IsRightForWhatMakesPods) {
  EXPECT_EQ(GuessPlural("Pod"), "pods");
  EXPECT_EQ(GuessPlural("ReplicationController"), "replicationcontrollers");
  EXPECT_EQ(GuessPlural("ReplicaSet"), "replicasets");
  EXPECT_EQ(GuessPlural("Deployment"), "deployments");
  EXPECT_EQ(GuessPlural("StatefulSet"), "statefulsets");
  EXPECT_EQ(GuessPlural("DaemonSet"), "daemonsets");
  EXPECT_EQ(GuessPlural("Job"), "jobs");
  EXPECT_EQ(GuessPlural("CronJob"), "cronjobs");
}

TEST(GuessPlural, KnowsTheEndingsThatChange) {
  EXPECT_EQ(GuessPlural("Ingress"), "ingresses");
  EXPECT_EQ(GuessPlural("NetworkPolicy"), "networkpolicies");
  EXPECT_EQ(GuessPlural("Endpoints"), "endpoints");
  EXPECT_EQ(GuessPlural("Gateway"), "gatewaies");  // as there
  EXPECT_EQ(GuessPlural(""), "");
}

}  // namespace
}  // namespace countersign::kube

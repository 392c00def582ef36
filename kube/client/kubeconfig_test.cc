#include "kube/client/kubeconfig.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::StatusIs;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

constexpr char kFull[] = R"(
apiVersion: v1
kind: Config
preferences: {}
current-context: one
clusters:
- name: c1
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority: ca.crt
    tls-server-name: kubernetes
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: {audience: x}
- name: c2
  cluster: {server: "https://example.org", insecure-skip-tls-verify: true}
users:
- name: u1
  user: {token: abc, tokenFile: /run/token}
- name: u2
  user: {client-certificate-data: Y2VydA==, client-key-data: a2V5, client-key: passed-over}
- name: u3
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./plugin
      args: [get, token]
      env: [{name: A, value: b}]
      interactiveMode: IfAvailable
      provideClusterInfo: true
      installHint: install it
contexts:
- name: one
  context: {cluster: c1, user: u1, namespace: shop}
- name: two
  context: {cluster: c2, user: u2}
- name: three
  context: {cluster: c1, user: u3}
- name: nobody
  context: {cluster: c2}
- name: broken
  context: {cluster: c9, user: u1}
)";

absl::StatusOr<ClusterConfig> Parse(const std::string& text, std::string_view context = "") {
  return ParseKubeconfig("/home/x/config", text, context);
}

TEST(Kubeconfig, TheCurrentContextIsTaken) {
  const absl::StatusOr<ClusterConfig> config = Parse(kFull);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server, "https://10.0.0.1:6443");
  EXPECT_EQ(config->certificate_authority.file, "/home/x/ca.crt");
  EXPECT_EQ(config->tls_server_name, "kubernetes");
  EXPECT_EQ(config->token, "abc");
  EXPECT_EQ(config->token_file, "/run/token");
  EXPECT_FALSE(config->insecure_skip_tls_verify);
  EXPECT_FALSE(config->exec.has_value());
}

TEST(Kubeconfig, AnotherContextCanBeNamed) {
  const absl::StatusOr<ClusterConfig> config = Parse(kFull, "two");
  ASSERT_THAT(config, IsOk());
  EXPECT_TRUE(config->insecure_skip_tls_verify);
  EXPECT_EQ(config->client_certificate.pem, "cert");
  EXPECT_EQ(config->client_key.pem, "key");
  EXPECT_EQ(config->token, "");
  EXPECT_THAT(Parse(kFull, "nobody"), IsOk());
  EXPECT_THAT(Parse(kFull, "none"), StatusIs(StatusCode::kFailedPrecondition,
                                             HasSubstr("there is no context named \"none\"")));
  EXPECT_THAT(Parse(kFull, "broken"), StatusIs(StatusCode::kFailedPrecondition,
                                               HasSubstr("there is no cluster named \"c9\"")));
}

TEST(Kubeconfig, PluginsAreRead) {
  const absl::StatusOr<ClusterConfig> config = Parse(kFull, "three");
  ASSERT_THAT(config, IsOk());
  ASSERT_TRUE(config->exec.has_value());
  EXPECT_EQ(config->exec->api_version, "client.authentication.k8s.io/v1");
  EXPECT_EQ(config->exec->command, "/home/x/./plugin");
  EXPECT_THAT(config->exec->args, ElementsAre("get", "token"));
  EXPECT_THAT(config->exec->env, ElementsAre(Pair("A", "b")));
  EXPECT_TRUE(config->exec->provide_cluster_info);
  EXPECT_EQ(config->exec->install_hint, "install it");
  EXPECT_EQ(config->exec->cluster_extension, (base::Json{{"audience", "x"}}));
}

// One context of a cluster and a user, as flow mappings.
std::string Small(std::string_view cluster, std::string_view user) {
  return absl::StrCat("current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n",
                      "clusters:\n- name: c\n  cluster: ", cluster,
                      "\nusers:\n- name: u\n  user: ", user, "\n");
}

TEST(Kubeconfig, CommandsWithoutASlashAreLookedForOnThePath) {
  const absl::StatusOr<ClusterConfig> config =
      Parse(Small("{server: 'https://a'}",
                  "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: plugin}}"));
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->exec->command, "plugin");
}

TEST(Kubeconfig, FaultsAreSaidWithFileLineAndField) {
  const struct {
    std::string_view cluster, user, message;
  } kFaults[] = {
      {"{}", "{}", "/home/x/config:5: /clusters/0/cluster/server: must be given"},
      {"{server: 'http://10.0.0.1'}", "{}", "/clusters/0/cluster/server: must be https"},
      {"{server: 1}", "{}", "/clusters/0/cluster/server: must be a string"},
      {"{server: 'https://a', proxy-url: 'http://p'}", "{}", "proxy-url: is not supported"},
      {"{server: 'https://a', tls-server-name: 'a/b'}", "{}", "tls-server-name: must be a host"},
      {"{server: 'https://a', certificate-authority-data: '?'}", "{}",
       "certificate-authority-data: "},
      {"{server: 'https://a', certificate-authority: x, insecure-skip-tls-verify: true}", "{}",
       "insecure-skip-tls-verify: cannot be true"},
      {"{server: 'https://a'}", "{username: hunter2}",
       "/home/x/config:8: /users/0/user/username: is"},
      {"{server: 'https://a'}", "{password: hunter2}", "password: is not supported"},
      {"{server: 'https://a'}", "{auth-provider: {name: x}}", "auth-provider: is not supported"},
      {"{server: 'https://a'}", "{as: x}", "as: is not supported"},
      {"{server: 'https://a'}", "{client-key-data: aHVudGVyMg==}", "must be given together"},
      {"{server: 'https://a'}", "{token: [hunter2]}", "token: must be a string"},
      {"{server: 'https://a'}", "{token: hunter2, exec: {}}", "exec: cannot be given together"},
      {"{server: 'https://a'}", "{exec: {command: x}}", "apiVersion: must be client.auth"},
      {"{server: 'https://a'}", "{exec: {apiVersion: client.authentication.k8s.io/v1}}",
       "command: must be given"},
      {"{server: 'https://a'}", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x}}",
       "interactiveMode: must be Never or IfAvailable"},
      {"{server: 'https://a'}",
       "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}",
       "interactiveMode: cannot be Always"},
      {"{server: 'https://a'}",
       "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, args: [1]}}",
       "/users/0/user/exec/args/0: must be a string"},
      {"{server: 'https://a'}",
       "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: x, env: [{name: "
       "'a=b'}]}}",
       "/users/0/user/exec/env/0/name: must be"},
  };
  for (const auto& fault : kFaults) {
    EXPECT_THAT(Parse(Small(fault.cluster, fault.user)),
                StatusIs(StatusCode::kInvalidArgument,
                         AllOf(StartsWith("/home/x/config:"), HasSubstr(fault.message),
                               Not(HasSubstr("hunter2")))))
        << fault.cluster << fault.user;
  }
}

TEST(Kubeconfig, WhatIsNoneIsSaid) {
  for (const char* text : {"", "[]", "a: [", "kind: Pod\napiVersion: v1", "{}\n---\n{}",
                           "current-context: c\ncontexts: [1]", "current-context: ''"}) {
    EXPECT_THAT(Parse(text), StatusIs(StatusCode::kInvalidArgument, StartsWith("/home/x/config")))
        << text;
  }
  EXPECT_THAT(LoadKubeconfig("/no/such/file", ""),
              StatusIs(StatusCode::kNotFound, HasSubstr("/no/such/file")));
}

}  // namespace
}  // namespace countersign::kube

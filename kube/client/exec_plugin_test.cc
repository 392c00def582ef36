#include "kube/client/exec_plugin.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/printable.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::Json;
using base::StatusIs;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kV1[] = "client.authentication.k8s.io/v1";

std::string Answer(const Json& status, const std::string& version = kV1) {
  return Json{{"apiVersion", version}, {"kind", "ExecCredential"}, {"status", status}}.dump();
}

TEST(ExecPlugin, HasATokenOrACertificate) {
  absl::StatusOr<PluginIdentity> identity = ParsePluginIdentity(
      Answer({{"token", "t"}, {"expirationTimestamp", "2030-01-02T03:04:05Z"}}), kV1);
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->token, "t");
  EXPECT_EQ(absl::FormatTime(identity->expiry, absl::UTCTimeZone()), "2030-01-02T03:04:05+00:00");
  identity =
      ParsePluginIdentity(Answer({{"clientCertificateData", "c"}, {"clientKeyData", "k"}}), kV1);
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->client_certificate_pem, "c");
  EXPECT_EQ(identity->client_key_pem, "k");
  EXPECT_EQ(identity->expiry, absl::InfiniteFuture());
}

TEST(ExecPlugin, OthersAreRefusedWithoutQuotingThem) {
  for (const std::string& text :
       {std::string("hunter2"), std::string("[]"), std::string("{}"),
        Answer({{"token", "hunter2"}}, "client.authentication.k8s.io/v1beta1"),
        std::string(R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"})"),
        Answer(Json::object()), Answer({{"token", ""}}), Answer({{"token", 5}}),
        Answer({{"token", "hunter2\r\nX: y"}}), Answer({{"clientCertificateData", "hunter2"}}),
        Answer({{"clientKeyData", "hunter2"}, {"token", "t"}}),
        Answer({{"token", "hunter2"}, {"expirationTimestamp", "tomorrow"}})}) {
    EXPECT_THAT(ParsePluginIdentity(text, kV1),
                StatusIs(StatusCode::kInvalidArgument, Not(HasSubstr("hunter2"))))
        << text;
  }
}

ClusterConfig WithPlugin(const std::string& script) {
  const std::string file = absl::StrCat(testing::TempDir(), "/plugin");
  std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
  chmod(file.c_str(), 0755);
  ClusterConfig config;
  config.server = "https://10.0.0.1";
  config.tls_server_name = "kubernetes";
  config.exec = ExecPlugin{.api_version = kV1,
                           .command = file,
                           .args = {"one", "two"},
                           .env = {{"EXTRA", "extra"}},
                           .install_hint = "install it"};
  return config;
}

absl::StatusOr<PluginIdentity> RunPlugin(const ClusterConfig& config,
                                         absl::Duration timeout = absl::Seconds(20)) {
  return RunExecPlugin(config, "the CA", base::In(timeout));
}

TEST(ExecPlugin, ThePluginGetsArgumentsAndEnvironment) {
  const absl::StatusOr<PluginIdentity> identity =
      RunPlugin(WithPlugin(R"x(info=$(echo "$KUBERNETES_EXEC_INFO" | tr -d '"{}')
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
printf '"status":{"token":"%s"}}' "$1-$2-$EXTRA-$info")x"));
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->token,
            "one-two-extra-apiVersion:client.authentication.k8s.io/v1,kind:ExecCredential,spec:"
            "interactive:false");
}

TEST(ExecPlugin, ThePluginIsToldOfTheClusterIfItWantsTo) {
  ClusterConfig config = WithPlugin("");
  config.exec->provide_cluster_info = true;
  config.exec->cluster_extension = {{"audience", "x"}};
  EXPECT_EQ(Json::parse(WriteExecInfo(config, "the CA"))["spec"],
            Json({{"interactive", false},
                  {"cluster",
                   {{"server", "https://10.0.0.1"},
                    {"tls-server-name", "kubernetes"},
                    {"certificate-authority-data", "dGhlIENB"},
                    {"config", {{"audience", "x"}}}}}}));
}

TEST(ExecPlugin, APluginThatFailsIsSaidWithItsHint) {
  const ClusterConfig failing = WithPlugin("echo hunter2; exit 3");
  // The plugin's path is as long as the directory of this run makes it, and a long one is cut.
  EXPECT_THAT(RunPlugin(failing),
              StatusIs(StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(absl::StrCat(base::Quoted(failing.exec->command),
                                                    ": exit status 3 (install it)")),
                             Not(HasSubstr("hunter2")))));
  EXPECT_THAT(RunPlugin(WithPlugin("echo hunter2")),
              StatusIs(StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("no usable ExecCredential"), Not(HasSubstr("hunter2")))));
  ClusterConfig absent = WithPlugin("");
  absent.exec->command = "/no/such/plugin";
  EXPECT_THAT(RunPlugin(absent),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("install it")));
  EXPECT_THAT(RunPlugin(WithPlugin("sleep 60"), absl::Milliseconds(100)),
              StatusIs(StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace countersign::kube

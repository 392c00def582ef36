#include "kube/client/cluster_access.h"

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/client/counting_plugin.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;

std::string WriteFile(const std::string& name, const std::string& bytes) {
  const std::string file = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(file) << bytes;
  return file;
}

absl::StatusOr<ClusterAccess> Load(ClusterAccessSource& source, bool refused = false) {
  return source.Load(refused, base::Soon());
}

TEST(ClusterAccessSource, FilesAreReadEachTime) {
  ClusterConfig config;
  config.token_file = WriteFile("token", " one\n");
  config.certificate_authority.file = WriteFile("ca.crt", "ca 1");
  config.client_certificate.file = WriteFile("cert", "cert 1");
  config.client_key.file = WriteFile("key", "key 1");
  ClusterAccessSource source(config);
  const ClusterAccess first{.tls = {"ca 1", "cert 1", "key 1"}, .token = "one"};
  EXPECT_THAT(Load(source), base::IsOkAndHolds(first));
  WriteFile("token", "two");
  WriteFile("ca.crt", "ca 2");
  WriteFile("cert", "cert 2");
  WriteFile("key", "key 2");
  const ClusterAccess second{.tls = {"ca 2", "cert 2", "key 2"}, .token = "two"};
  EXPECT_THAT(Load(source), base::IsOkAndHolds(second));
}

TEST(ClusterAccessSource, AFileThatHoldsNothingIsNotTakenForNoFile) {
  for (PemSource ClusterConfig::*source :
       {&ClusterConfig::certificate_authority, &ClusterConfig::client_certificate,
        &ClusterConfig::client_key}) {
    ClusterConfig config;
    (config.*source).file = WriteFile("empty", "");
    EXPECT_THAT(ClusterAccessSource(config).LoadFiles(),
                StatusIs(StatusCode::kFailedPrecondition, HasSubstr("/empty: is empty")));
    (config.*source).file = "/no/such/file";
    EXPECT_THAT(ClusterAccessSource(config).LoadFiles(),
                StatusIs(StatusCode::kNotFound, HasSubstr("/no/such/file")));
  }
  ClusterConfig config;
  for (const char* token : {"", " \n", "two\nlines"}) {
    config.token_file = WriteFile("token", token);
    EXPECT_THAT(ClusterAccessSource(config).LoadFiles(),
                StatusIs(StatusCode::kFailedPrecondition, HasSubstr("does not hold one token")));
  }
}

TEST(ClusterAccessSource, ATokenOfTheConfigurationStandsInForTheFiles) {
  ClusterConfig config;
  config.token = "own";
  config.token_file = WriteFile("token", "file's");
  EXPECT_EQ(ClusterAccessSource(config).LoadFiles()->token, "file's");
  config.token_file = "/no/such/file";
  EXPECT_EQ(ClusterAccessSource(config).LoadFiles()->token, "own");
}

TEST(ClusterAccessSource, WhatAPluginGaveIsKeptUntilItIsRefused) {
  ClusterAccessSource source({.exec = MakeCountingPlugin()});
  EXPECT_EQ(Load(source)->token, "1");
  EXPECT_EQ(Load(source)->token, "1");
  EXPECT_EQ(Load(source, /*refused=*/true)->token, "2");
  EXPECT_EQ(Load(source)->token, "2");
}

TEST(ClusterAccessSource, APluginIsRunAgainShortlyBeforeWhatItGaveEnds) {
  base::FakeClock clock;
  ClusterAccessSource source({.exec = MakeCountingPlugin(clock.Now() + absl::Hours(1))}, &clock);
  EXPECT_EQ(Load(source)->token, "1");
  EXPECT_EQ(Load(source)->expiry, clock.Now() + absl::Hours(1) - absl::Seconds(10));
  clock.Advance(absl::Hours(1) - absl::Seconds(11));
  EXPECT_EQ(Load(source)->token, "1");
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(Load(source)->token, "2");
}

TEST(ClusterAccessSource, LookingAtFilesRunsNoPlugin) {
  ClusterConfig config;
  config.exec = ExecPlugin{.command = "/no/such/plugin"};
  ClusterAccessSource source(config);
  EXPECT_THAT(source.LoadFiles(), IsOk());
  EXPECT_THAT(Load(source), StatusIs(StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace countersign::kube

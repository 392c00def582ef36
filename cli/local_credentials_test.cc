#include "cli/local_credentials.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Write(const std::string& name, const std::string& content, mode_t mode = 0600) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path) << content;
  chmod(path.c_str(), mode);
  return path;
}

std::vector<registry::Credential> Find(const std::string& config, const std::string& registry) {
  const auto local = LoadLocalCredentials(Write("config.json", config));
  EXPECT_TRUE(local.ok() && local->has_value()) << local.status();
  return (*local)->find({registry, "app"});
}

TEST(LocalCredentials, ReadsTheAuthsOfDockersConfiguration) {
  const std::string config =
      R"({"auths": {"registry.example.org": {"username": "me", "password": "p"}}})";
  ASSERT_THAT(Find(config, "registry.example.org"), SizeIs(1));
  EXPECT_EQ(Find(config, "registry.example.org")[0].username, "me");
  EXPECT_THAT(Find(config, "other.example.org"), IsEmpty());
}

TEST(LocalCredentials, AsksTheHelperOfARegistryAndElseTheStore) {
  setenv("PATH", (testing::TempDir() + ":" + getenv("PATH")).c_str(), 1);
  Write("docker-credential-one", "#!/bin/sh\necho '{\"Username\":\"one\",\"Secret\":\"s\"}'", 0700);
  Write("docker-credential-all",
        "#!/bin/sh\nread s\necho \"{\\\"Username\\\":\\\"$s\\\",\\\"Secret\\\":\\\"s\\\"}\"", 0700);
  const std::string config =
      R"({"credsStore": "all", "credHelpers": {"registry.example.org": "one"}})";
  ASSERT_THAT(Find(config, "registry.example.org"), SizeIs(1));
  EXPECT_EQ(Find(config, "registry.example.org")[0].username, "one");
  ASSERT_THAT(Find(config, "index.docker.io"), SizeIs(1));
  EXPECT_EQ(Find(config, "index.docker.io")[0].username, "https://index.docker.io/v1/");
}

TEST(LocalCredentials, AFileThatIsNotThereIsNone) {
  const auto local = LoadLocalCredentials(testing::TempDir() + "/absent/config.json");
  ASSERT_TRUE(local.ok()) << local.status();
  EXPECT_FALSE(local->has_value());
}

TEST(LocalCredentials, NamesAFileThatIsNoConfiguration) {
  EXPECT_THAT(LoadLocalCredentials(Write("broken.json", "{")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("broken.json")));
  EXPECT_THAT(LoadLocalCredentials(Write("typed.json", R"({"credsStore": 7})")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("credsStore")));
}

TEST(DefaultDockerConfigFile, PrefersDockersVariable) {
  setenv("HOME", "/home/me", 1);
  unsetenv("DOCKER_CONFIG");
  EXPECT_EQ(DefaultDockerConfigFile(), "/home/me/.docker/config.json");
  setenv("DOCKER_CONFIG", "/elsewhere", 1);
  EXPECT_EQ(DefaultDockerConfigFile(), "/elsewhere/config.json");
}

}  // namespace
}  // namespace countersign::cli

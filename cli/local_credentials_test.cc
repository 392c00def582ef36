#include "cli/local_credentials.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Write(const std::string& name, const std::string& content, mode_t mode = 0600) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path) << content;
  chmod(path.c_str(), mode);
  return path;
}

class LocalCredentialsTest : public testing::Test {
 protected:
  absl::StatusOr<std::optional<verifier::LocalCredentials>> Load(
      const std::vector<std::string>& files) {
    return LoadLocalCredentials(files,
                                [this](std::string_view what) { complaints_.emplace_back(what); });
  }

  // The user names of what a configuration gives for a registry.
  std::vector<std::string> Find(const std::string& config, const std::string& registry) {
    return FindIn({Write("config.json", config)}, registry);
  }

  std::vector<std::string> FindIn(const std::vector<std::string>& files,
                                  const std::string& registry) {
    const auto local = Load(files);
    EXPECT_TRUE(local.ok() && local->has_value()) << local.status();
    std::vector<std::string> names;
    // Twice, as for two images.
    for (int i = 0; i < 2; ++i) {
      names.clear();
      for (const registry::Credential& credential : (*local)->find({registry, "app"})) {
        names.push_back(credential.username);
      }
    }
    return names;
  }

  std::vector<std::string> complaints_;
};

std::string Auths(const std::string& user) {
  return R"({"auths": {"registry.example.org": {"username": ")" + user + R"(", "password": "p"}}})";
}

TEST_F(LocalCredentialsTest, AreTheAuthsOfDockersConfiguration) {
  EXPECT_THAT(Find(Auths("me"), "registry.example.org"), ElementsAre("me"));
  EXPECT_THAT(Find(Auths("me"), "other.example.org"), IsEmpty());
  EXPECT_THAT(complaints_, IsEmpty());
}

TEST_F(LocalCredentialsTest, OfSeveralFilesComeInTheirOrder) {
  const std::string first = Write("first.json", Auths("first"));
  const std::string second = Write("second.json", Auths("second"));
  const std::string absent = testing::TempDir() + "/absent.json";
  EXPECT_THAT(FindIn({absent, second, first}, "registry.example.org"),
              ElementsAre("second", "first"));
  EXPECT_EQ((*Load({first, absent, second}))->source, first + ", " + second);
}

TEST_F(LocalCredentialsTest, AskTheHelperOfARegistryAndElseTheStore) {
  setenv("PATH", (testing::TempDir() + ":" + getenv("PATH")).c_str(), 1);
  Write("docker-credential-one", "#!/bin/sh\necho '{\"Username\":\"one\",\"Secret\":\"s\"}'", 0700);
  Write("docker-credential-all",
        "#!/bin/sh\nread s\necho \"{\\\"Username\\\":\\\"$s\\\",\\\"Secret\\\":\\\"s\\\"}\"", 0700);
  const std::string config =
      R"({"credsStore": "all", "credHelpers": {"registry.example.org": "one"}})";
  EXPECT_THAT(Find(config, "registry.example.org"), ElementsAre("one"));
  EXPECT_THAT(Find(config, "index.docker.io"), ElementsAre("https://index.docker.io/v1/"));
  for (const std::string hub :
       {"https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"}) {
    EXPECT_THAT(Find(R"({"credHelpers": {")" + hub + R"(": "one"}})", "index.docker.io"),
                ElementsAre("one"))
        << hub;
  }
  EXPECT_THAT(complaints_, IsEmpty());
}

TEST_F(LocalCredentialsTest, AHelperThatIsNotInstalledIsNoneAndIsSaidOnce) {
  const std::string config = R"({"credsStore": "desktop", "auths": {
      "registry.example.org": {"username": "me", "password": "p"}}})";
  EXPECT_THAT(Find(config, "registry.example.org"), ElementsAre("me"));
  EXPECT_THAT(complaints_, ElementsAre(AllOf(HasSubstr("docker-credential-desktop"),
                                             HasSubstr("going on without it"))));
}

TEST_F(LocalCredentialsTest, AnEntryThatCannotBeUsedIsSaid) {
  EXPECT_THAT(Find(R"({"auths": {"registry.example.org": {"auth": "%"}}})", "registry.example.org"),
              IsEmpty());
  EXPECT_THAT(complaints_, ElementsAre(HasSubstr("auths/registry.example.org: \"auth\" is not")));
}

TEST_F(LocalCredentialsTest, AFileThatIsNotThereIsNone) {
  const auto local = Load({testing::TempDir() + "/absent/config.json"});
  ASSERT_TRUE(local.ok()) << local.status();
  EXPECT_FALSE(local->has_value());
  EXPECT_THAT(complaints_, IsEmpty());
  EXPECT_FALSE(Load({})->has_value());
}

TEST_F(LocalCredentialsTest, AnEmptyFileIsNoneAndIsSaid) {
  const auto local = Load({Write("empty.json", ""), Write("blank.json", " \n")});
  ASSERT_TRUE(local.ok()) << local.status();
  EXPECT_FALSE(local->has_value());
  EXPECT_THAT(complaints_,
              ElementsAre(HasSubstr("empty.json: is empty"), HasSubstr("blank.json: is empty")));
}

TEST_F(LocalCredentialsTest, NameAFileThatIsNoConfiguration) {
  EXPECT_THAT(Load({Write("broken.json", "{")}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("broken.json")));
  EXPECT_THAT(Load({Write("typed.json", R"({"credsStore": 7})")}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("typed.json: /credsStore: must be a string, is a number")));
  EXPECT_THAT(Load({Write("list.json", R"({"credHelpers": []})")}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/credHelpers: must be")));
}

TEST(DefaultCredentialFiles, AreThoseOfOtherToolsInTheirOrder) {
  for (const char* name :
       {"REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_CONFIG"}) {
    unsetenv(name);
  }
  setenv("HOME", "/home/me", 1);
  EXPECT_THAT(DefaultCredentialFiles(),
              ElementsAre("/run/containers/" + std::to_string(getuid()) + "/auth.json",
                          "/home/me/.config/containers/auth.json", "/home/me/.docker/config.json"));
  setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
  setenv("XDG_CONFIG_HOME", "/config", 1);
  setenv("DOCKER_CONFIG", "/elsewhere", 1);
  EXPECT_THAT(DefaultCredentialFiles(),
              ElementsAre("/run/user/7/containers/auth.json", "/config/containers/auth.json",
                          "/elsewhere/config.json"));
  setenv("REGISTRY_AUTH_FILE", "/one.json", 1);
  EXPECT_THAT(DefaultCredentialFiles(), ElementsAre("/one.json"));
  EXPECT_THAT(CredentialFiles(""), ElementsAre("/one.json"));
  EXPECT_THAT(CredentialFiles("/named.json"), ElementsAre("/named.json"));
  for (const char* name :
       {"REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_CONFIG", "HOME"}) {
    setenv(name, "", 1);
  }
  EXPECT_THAT(DefaultCredentialFiles(), SizeIs(1));
}

}  // namespace
}  // namespace countersign::cli

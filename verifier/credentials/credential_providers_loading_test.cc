// What of a configuration is read, and what else must be there.

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "verifier/credentials/credential_providers.h"
#include "verifier/credentials/credential_providers_fixture.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CredentialProvidersTest, AreLoadedFromTheKubeletsConfiguration) {
  const std::string config = directory_ + "/config.yaml";
  const auto write = [&config](const std::string& name) {
    std::ofstream(config) << "apiVersion: kubelet.config.k8s.io/v1\n"
                             "kind: CredentialProviderConfig\n"
                             "providers:\n"
                             "- name: one\n"
                             "  matchImages: ['*.example.com', 'registry.example.org']\n"
                             "  defaultCacheDuration: 1m\n"
                             "  apiVersion: credentialprovider.kubelet.k8s.io/v1\n"
                             "- name: "
                          << name
                          << "\n"
                             "  matchImages: ['*.example.org']\n"
                             "  defaultCacheDuration: 1m\n"
                             "  apiVersion: credentialprovider.kubelet.k8s.io/v1\n";
  };
  Install("one", "");
  Install("two", "");
  write("two");
  const auto providers = CredentialProviders::Load(config, directory_, &clock_);
  ASSERT_TRUE(providers.ok()) << providers.status();
  EXPECT_THAT((*providers)->FindProviders(kApp), ElementsAre(0, 1));
  EXPECT_THAT((*providers)->FindProviders(kElsewhere), ElementsAre(0));
  EXPECT_THAT((*providers)->FindProviders({"gcr.io", "app"}), IsEmpty());
  EXPECT_EQ((*providers)->name(1), "two");
}

TEST_F(CredentialProvidersTest, AreNotLoadedWithoutTheirPrograms) {
  const std::string config = directory_ + "/config.yaml";
  std::ofstream(config) << "apiVersion: kubelet.config.k8s.io/v1\n"
                           "kind: CredentialProviderConfig\n"
                           "providers:\n"
                           "- {name: plugin, matchImages: [a.io], defaultCacheDuration: 1m, "
                           "apiVersion: credentialprovider.kubelet.k8s.io/v1}\n";
  const auto error = [&](const std::string& file) {
    return std::string(CredentialProviders::Load(file, directory_, &clock_).status().message());
  };
  EXPECT_EQ(error(config),
            absl::StrCat(config, ": /providers/0/name: there is no file ", directory_, "/plugin"));
  Touch("plugin");
  chmod((directory_ + "/plugin").c_str(), 0600);
  EXPECT_THAT(error(config), HasSubstr("/plugin is not executable"));
  EXPECT_THAT(error(directory_ + "/absent.yaml"), HasSubstr("absent.yaml"));
  std::ofstream(config) << "kind: Pod\n";
  EXPECT_THAT(error(config), HasSubstr("config.yaml:1: /kind: must be CredentialProviderConfig"));
}

}  // namespace
}  // namespace countersign::verifier

#include "verifier/credentials/credential_provider_pattern.h"

#include <string>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::HasSubstr;

bool Matches(std::string_view pattern, const std::string& image) {
  const auto parsed = CredentialProviderPattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const auto reference = oci::ImageReference::Parse(image);
  EXPECT_TRUE(reference.ok()) << reference.status();
  return parsed.ok() && reference.ok() && parsed->Matches(reference->repository());
}

bool KeyMatches(std::string_view key, const std::string& image) {
  const auto parsed = CredentialProviderPattern::ParseKey(key);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() && parsed->Matches(oci::ImageReference::Parse(image)->repository());
}

TEST(CredentialProviderPattern, MatchesAHostWithAllItsImages) {
  EXPECT_TRUE(Matches("gcr.io", "gcr.io/project/app:tag"));
  EXPECT_TRUE(Matches("GCR.io", "gcr.io/project/app"));
  EXPECT_TRUE(Matches("gcr.io/", "gcr.io/project/app"));
  EXPECT_FALSE(Matches("gcr.io", "eu.gcr.io/project/app"));
  EXPECT_FALSE(Matches("gcr.io", "gcr.io.evil.example/app"));
}

TEST(CredentialProviderPattern, AStarStandsForCharactersOfOnePart) {
  EXPECT_TRUE(Matches("*.azurecr.io", "shop.azurecr.io/app"));
  EXPECT_TRUE(Matches("*.dkr.ecr.*.amazonaws.com", "1234.dkr.ecr.us-east-1.amazonaws.com/app"));
  EXPECT_TRUE(Matches("k8s.*", "k8s.io/app"));
  EXPECT_TRUE(Matches("app*.k8s.io", "app-3.k8s.io/x"));
  EXPECT_TRUE(Matches("a*b*c.k8s.io", "aXbbYc.k8s.io/x"));
  EXPECT_FALSE(Matches("*.io", "shop.k8s.io/app"));
  EXPECT_FALSE(Matches("*.azurecr.io", "azurecr.io/app"));
  EXPECT_FALSE(Matches("*.azurecr.io", "shop.azurecr.io.evil.example/app"));
  EXPECT_FALSE(Matches("app*.k8s.io", "my-app.k8s.io/x"));
  EXPECT_FALSE(Matches("a*b.k8s.io", "abc.k8s.io/x"));
}

TEST(CredentialProviderPattern, ThePortMustBeTheSame) {
  EXPECT_TRUE(Matches("registry.io:8080", "registry.io:8080/app"));
  EXPECT_TRUE(Matches("*.registry.io:8080", "eu.registry.io:8080/app"));
  EXPECT_FALSE(Matches("registry.io:8080", "registry.io/app"));
  EXPECT_FALSE(Matches("registry.io", "registry.io:8080/app"));
  EXPECT_FALSE(Matches("registry.io:80", "registry.io:8080/app"));
}

TEST(CredentialProviderPattern, ThePathIsAPrefix) {
  EXPECT_TRUE(Matches("registry.io:8080/path", "registry.io:8080/path"));
  EXPECT_TRUE(Matches("registry.io:8080/path", "registry.io:8080/path/app:tag"));
  EXPECT_TRUE(Matches("registry.io/pa", "registry.io/path/app"));
  EXPECT_FALSE(Matches("registry.io/path/app/deep", "registry.io/path/app"));
  EXPECT_FALSE(Matches("registry.io/app", "registry.io/path/app"));
}

TEST(CredentialProviderPattern, DockerHubHasSeveralNames) {
  EXPECT_TRUE(Matches("docker.io", "nginx"));
  EXPECT_TRUE(Matches("index.docker.io/library", "nginx"));
  EXPECT_TRUE(Matches("*.io", "nginx"));
  EXPECT_TRUE(Matches("registry-1.docker.io", "nginx"));
  EXPECT_FALSE(Matches("registry-2.docker.io", "nginx"));
}

TEST(CredentialProviderPattern, AddressesAreHostsToo) {
  EXPECT_TRUE(Matches("[::1]:5000", "[::1]:5000/app"));
  EXPECT_TRUE(Matches("127.0.*.1:5000", "127.0.0.1:5000/app"));
  EXPECT_FALSE(Matches("[::1]:5000", "[::2]:5000/app"));
}

TEST(CredentialProviderPattern, KeysMayBeWrittenAsDockerWritesRegistries) {
  EXPECT_TRUE(KeyMatches("https://index.docker.io/v1/", "nginx"));
  EXPECT_TRUE(KeyMatches("https://registry.io/v2", "registry.io/app"));
  EXPECT_TRUE(KeyMatches("http://registry.io/v2/team", "registry.io/team/app"));
  EXPECT_TRUE(KeyMatches("registry.io/v2team", "registry.io/v2team/app"));
  EXPECT_FALSE(KeyMatches("https://registry.io/v2/team", "registry.io/other/app"));
}

TEST(CredentialProviderPattern, RefusesWhatCanNeverMatch) {
  for (const char* text : {"", "/path", "https://gcr.io", "host name.io", "reg[a-c].io", "a?.io",
                           "user@gcr.io", "gcr.io:", "gcr.io:80*", "[::1", "a:1:2"}) {
    EXPECT_THAT(CredentialProviderPattern::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"")))
        << text;
  }
  EXPECT_THAT(CredentialProviderPattern::Parse("gcr.io/*/app"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("wildcard in its path")));
}

}  // namespace
}  // namespace countersign::verifier

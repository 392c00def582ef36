#include "verifier/credentials/credential_provider_config.h"

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// As a cloud vendor documents it.
constexpr char kEcr[] = R"(apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: ecr-credential-provider
    matchImages:
      - "*.dkr.ecr.*.amazonaws.com"
      - "*.dkr.ecr.*.amazonaws.com.cn"
    defaultCacheDuration: "12h"
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    args:
      - get-credentials
    env:
      - name: AWS_PROFILE
        value: secret-profile
)";

absl::StatusOr<std::vector<CredentialProvider>> Parse(const std::string& text) {
  return ParseCredentialProviderConfig("providers.yaml", text);
}

// The error for kEcr with one text in place of another.
std::string ErrorWith(std::string_view old_text, std::string_view new_text) {
  const std::string text = absl::StrReplaceAll(kEcr, {{old_text, new_text}});
  EXPECT_NE(text, kEcr);
  const auto providers = Parse(text);
  EXPECT_EQ(providers.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(providers.status().message());
}

TEST(CredentialProviderConfig, ReadsWhatTheKubeletReads) {
  const auto providers = Parse(kEcr);
  ASSERT_TRUE(providers.ok()) << providers.status();
  ASSERT_EQ(providers->size(), 1u);
  const CredentialProvider& provider = (*providers)[0];
  EXPECT_EQ(provider.name, "ecr-credential-provider");
  EXPECT_EQ(provider.api_version, "credentialprovider.kubelet.k8s.io/v1");
  EXPECT_EQ(provider.default_cache_duration, absl::Hours(12));
  EXPECT_THAT(provider.arguments, ElementsAre("get-credentials"));
  ASSERT_EQ(provider.environment.size(), 1u);
  EXPECT_EQ(provider.environment[0].name, "AWS_PROFILE");
  EXPECT_EQ(provider.environment[0].value, "secret-profile");
  EXPECT_TRUE(provider.Matches({"1234.dkr.ecr.us-east-1.amazonaws.com", "app"}));
  EXPECT_TRUE(provider.Matches({"1234.dkr.ecr.cn-north-1.amazonaws.com.cn", "app"}));
  EXPECT_FALSE(provider.Matches({"gcr.io", "app"}));
}

TEST(CredentialProviderConfig, ReadsJsonAndLeavesOutWhatIsOptional) {
  const auto providers = ParseCredentialProviderConfig("providers.json", R"({
    "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "CredentialProviderConfig",
    "providers": [{"name": "b", "matchImages": ["gcr.io"], "defaultCacheDuration": "0s",
                   "apiVersion": "credentialprovider.kubelet.k8s.io/v1beta1",
                   "tokenAttributes": null},
                  {"name": "a", "matchImages": ["*.azurecr.io"], "defaultCacheDuration": "1m",
                   "apiVersion": "credentialprovider.kubelet.k8s.io/v1alpha1"}]})");
  ASSERT_TRUE(providers.ok()) << providers.status();
  ASSERT_EQ(providers->size(), 2u);
  EXPECT_EQ((*providers)[0].name, "b");
  EXPECT_EQ((*providers)[0].default_cache_duration, absl::ZeroDuration());
  EXPECT_THAT((*providers)[0].arguments, IsEmpty());
  EXPECT_THAT((*providers)[0].environment, IsEmpty());
  EXPECT_EQ((*providers)[1].name, "a");
}

TEST(CredentialProviderConfig, NamesTheFileTheLineAndTheField) {
  EXPECT_THAT(ErrorWith("kubelet.config.k8s.io/v1\n", "v1\n"),
              StartsWith("providers.yaml:1: /apiVersion: must be kubelet.config.k8s.io/v1"));
  EXPECT_THAT(ErrorWith("CredentialProviderConfig", "Pod"), StartsWith("providers.yaml:2: /kind"));
  EXPECT_THAT(ErrorWith("name: ecr", "name: bin/ecr"),
              StartsWith("providers.yaml:4: /providers/0/name"));
  EXPECT_THAT(ErrorWith("name: ecr-credential-provider", "name: .."),
              StartsWith("providers.yaml:4: /providers/0/name"));
  EXPECT_THAT(ErrorWith(".cn\"", ".cn/*\""),
              StartsWith("providers.yaml:7: /providers/0/matchImages/1: "));
  EXPECT_THAT(ErrorWith("12h", "soon"),
              StartsWith("providers.yaml:8: /providers/0/defaultCacheDuration"));
  EXPECT_THAT(ErrorWith("defaultCacheDuration: \"12h\"", "tokenAttributes:"),
              HasSubstr("/providers/0/defaultCacheDuration: is missing"));
  EXPECT_THAT(ErrorWith("credentialprovider.kubelet.k8s.io/v1", "credentialprovider/v2"),
              AllOf(StartsWith("providers.yaml:9: /providers/0/apiVersion"),
                    HasSubstr("\"credentialprovider/v2\"")));
  EXPECT_THAT(ErrorWith("- get-credentials", "- 5"),
              StartsWith("providers.yaml:11: /providers/0/args/0: must be a string"));
  EXPECT_THAT(ErrorWith("value:", "valeu:"),
              AllOf(StartsWith("providers.yaml:14: /providers/0/env/0/valeu: is not known"),
                    Not(HasSubstr("secret-profile"))));
  EXPECT_THAT(ErrorWith("AWS_PROFILE", "A=B"), HasSubstr("/providers/0/env/0: "));
  EXPECT_THAT(ErrorWith("matchImages", "matchImage"),
              StartsWith("providers.yaml:5: /providers/0/matchImage: is not known"));
}

TEST(CredentialProviderConfig, NeedsProvidersWithPatternsAndNamesOfTheirOwn) {
  EXPECT_THAT(Parse("apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/providers: must have one")));
  EXPECT_THAT(ErrorWith("matchImages:\n      - \"*.dkr.ecr.*.amazonaws.com\"\n"
                        "      - \"*.dkr.ecr.*.amazonaws.com.cn\"\n",
                        "matchImages: []\n"),
              HasSubstr("/providers/0/matchImages: must have at least one pattern"));
  const std::string text = kEcr;
  EXPECT_THAT(
      Parse(text + text.substr(text.find("  - name:"))),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("providers.yaml:15: /providers/1/name: \"ecr-credential-provider\" "
                         "is there twice")));
}

TEST(CredentialProviderConfig, RefusesServiceAccountTokens) {
  EXPECT_THAT(ErrorWith("    args:", "    tokenAttributes: {cacheType: Token}\n    args:"),
              HasSubstr("/providers/0/tokenAttributes: is not supported"));
}

TEST(CredentialProviderConfig, RefusesWhatIsNoConfiguration) {
  EXPECT_THAT(Parse(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 documents")));
  EXPECT_THAT(Parse("[]"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("an object")));
  EXPECT_THAT(Parse("{"),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("providers.yaml:")));
}

}  // namespace
}  // namespace countersign::verifier

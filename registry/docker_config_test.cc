#include "registry/docker_config.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"

namespace countersign::registry {
namespace {

using base::IsOk;
using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Credential Basic(std::string username, std::string password) {
  Credential credential;
  credential.username = std::move(username);
  credential.password = std::move(password);
  return credential;
}

// What a configuration whose only key is `key` gives for a repository: whether it serves it.
bool Serves(std::string_view key, std::string registry, std::string path = "team/app") {
  const base::Json json = {{"auths", {{std::string(key), {{"username", "u"}, {"password", "p"}}}}}};
  const DockerConfig config = *DockerConfig::ParseConfigJson(json.dump());
  return !config.FindCredentials({std::move(registry), std::move(path)}).empty();
}

std::vector<Credential> CredentialsOf(std::string_view entry) {
  const absl::StatusOr<DockerConfig> config =
      DockerConfig::ParseConfigJson(absl::StrCat(R"({"auths": {"host": )", entry, "}}"));
  return config.ok() ? config->FindCredentials({"host", "app"}) : std::vector<Credential>();
}

std::vector<std::string> FaultsOf(std::string_view entry) {
  return DockerConfig::ParseConfigJson(absl::StrCat(R"({"auths": {"host": )", entry, "}}"))
      ->faults();
}

std::string Auth(std::string_view decoded) {
  return absl::StrCat(R"({"auth": ")", absl::Base64Escape(decoded), "\"}");
}

TEST(DockerConfig, AHostServesItselfAlone) {
  EXPECT_TRUE(Serves("registry.example.org", "registry.example.org"));
  EXPECT_TRUE(Serves("Registry.Example.ORG", "registry.example.org"));
  EXPECT_FALSE(Serves("registry.example.org", "registry.example.org.evil"));
  EXPECT_FALSE(Serves("registry.example.org", "example.org"));
  EXPECT_FALSE(Serves("example.org", "registry.example.org"));
}

TEST(DockerConfig, APortMustBeTheSame) {
  EXPECT_TRUE(Serves("host:5000", "host:5000"));
  EXPECT_FALSE(Serves("host", "host:5000"));
  EXPECT_FALSE(Serves("host:5000", "host"));
  EXPECT_FALSE(Serves("host:5000", "host:5001"));
  EXPECT_TRUE(Serves("host:443", "host"));
  EXPECT_TRUE(Serves("host", "host:443"));
  EXPECT_TRUE(Serves("[::1]:5000", "[::1]:5000"));
  EXPECT_FALSE(Serves("[::1]", "[::1]:5000"));
}

TEST(DockerConfig, ASchemeAndTheApisVersionDoNotCount) {
  for (const char* key : {"https://host", "http://host", "https://host/", "https://host/v1/",
                          "https://host/v1", "host/v2/", "host//"}) {
    EXPECT_TRUE(Serves(key, "host")) << key;
  }
  EXPECT_TRUE(Serves("https://host/v2/team", "host", "team/app"));
  EXPECT_FALSE(Serves("https://host/v2/team", "host", "other/app"));
  EXPECT_FALSE(Serves("https://host/v3/", "host", "team/app"));
}

TEST(DockerConfig, APathIsAPrefixOfWholeComponents) {
  EXPECT_TRUE(Serves("host/team", "host", "team/app"));
  EXPECT_TRUE(Serves("host/team/", "host", "team/app"));
  EXPECT_TRUE(Serves("host/team/app", "host", "team/app"));
  EXPECT_TRUE(Serves("host/team/app", "host", "team/app/part"));
  EXPECT_FALSE(Serves("host/team/ap", "host", "team/app"));
  EXPECT_FALSE(Serves("host/team/app", "host", "team"));
  EXPECT_FALSE(Serves("host/Team", "host", "team/app"));
}

TEST(DockerConfig, AStarStaysWithinAPartOfTheHost) {
  EXPECT_TRUE(Serves("*.example.org", "registry.example.org"));
  EXPECT_TRUE(Serves("*.*.org", "registry.example.org"));
  EXPECT_TRUE(Serves("reg*.example.org", "registry.example.org"));
  EXPECT_TRUE(Serves("r*s*y.example.org", "registry.example.org"));
  EXPECT_TRUE(Serves("*.example.org:5000", "registry.example.org:5000"));
  EXPECT_TRUE(Serves("*.example.org/team", "registry.example.org", "team/app"));
  EXPECT_TRUE(Serves("registr?.example.org", "registry.example.org"));
  EXPECT_FALSE(Serves("*.example.org", "example.org"));
  EXPECT_FALSE(Serves("*.example.org", "a.b.example.org"));
  EXPECT_FALSE(Serves("*.example.org", "registry.example.org:5000"));
  EXPECT_FALSE(Serves("*.example.org:5000", "registry.example.org"));
  EXPECT_FALSE(Serves("*.example.org/team", "registry.example.org", "other/app"));
  EXPECT_FALSE(Serves("reg*.example.org", "other.example.org"));
  EXPECT_FALSE(Serves("registry?.example.org", "registry.example.org"));
  EXPECT_FALSE(Serves("*", "example.org"));
  EXPECT_TRUE(Serves("*", "localhost"));
}

TEST(DockerConfig, DockerHubHasManyNames) {
  for (const char* key : {"https://index.docker.io/v1/", "index.docker.io", "docker.io",
                          "registry-1.docker.io", "https://docker.io"}) {
    EXPECT_TRUE(Serves(key, "index.docker.io", "library/nginx")) << key;
  }
  EXPECT_TRUE(Serves("docker.io/library", "index.docker.io", "library/nginx"));
  EXPECT_FALSE(Serves("docker.io/other", "index.docker.io", "library/nginx"));
  EXPECT_FALSE(Serves("hub.docker.io", "index.docker.io", "library/nginx"));
}

TEST(DockerConfig, TheMostSpecificKeyComesFirst) {
  const DockerConfig config = *DockerConfig::ParseConfigJson(R"({"auths": {
      "*.example.org": {"username": "wildcard", "password": "p"},
      "a.example.org": {"username": "host", "password": "p"},
      "a.example.org/team/app": {"username": "repository", "password": "p"},
      "a.example.org/team": {"username": "team", "password": "p"},
      "b.example.org": {"username": "other", "password": "p"},
      "https://a.example.org": {"username": "host", "password": "p"}}})");
  EXPECT_THAT(config.FindCredentials({"a.example.org", "team/app"}),
              ElementsAre(Basic("repository", "p"), Basic("team", "p"), Basic("host", "p"),
                          Basic("wildcard", "p")));
  EXPECT_THAT(config.FindCredentials({"c.example.org", "team/app"}),
              ElementsAre(Basic("wildcard", "p")));
  EXPECT_THAT(config.FindCredentials({"example.com", "team/app"}), IsEmpty());
}

TEST(DockerConfig, NoRepositoryHasEndlessCredentials) {
  base::Json auths;
  for (int i = 0; i < 100; ++i) {
    auths[absl::StrCat("host/", std::string(i, '/'))] = {{"username", absl::StrCat(i)}};
  }
  const DockerConfig config = *DockerConfig::ParseDockercfg(auths.dump());
  EXPECT_EQ(config.FindCredentials({"host", "app"}).size(), 16);
}

TEST(DockerConfig, AuthHoldsUserAndPassword) {
  EXPECT_THAT(CredentialsOf(Auth("user:password")), ElementsAre(Basic("user", "password")));
  EXPECT_THAT(CredentialsOf(Auth("user:pass:word:")), ElementsAre(Basic("user", "pass:word:")));
  EXPECT_THAT(CredentialsOf(Auth("user:")), ElementsAre(Basic("user", "")));
  EXPECT_THAT(CredentialsOf(Auth(std::string_view("user:password\0\0", 15))),
              ElementsAre(Basic("user", "password")));
  EXPECT_THAT(CredentialsOf(R"({"auth": "dXNlcjpwYXNz"})"), ElementsAre(Basic("user", "pass")));
  EXPECT_THAT(CredentialsOf(R"({"auth": "dTpw"})"), ElementsAre(Basic("u", "p")));
  EXPECT_THAT(CredentialsOf(R"({"auth": "dTpwYQ"})"), ElementsAre(Basic("u", "pa")));
  EXPECT_THAT(CredentialsOf(R"({"auth": "dTpw\nYQ==\n"})"), ElementsAre(Basic("u", "pa")));
}

TEST(DockerConfig, AuthGoesBeforeUsernameAndPassword) {
  EXPECT_THAT(CredentialsOf(R"({"auth": "dTpw", "username": "x", "password": "y"})"),
              ElementsAre(Basic("u", "p")));
  EXPECT_THAT(CredentialsOf(R"({"auth": "", "username": "x", "password": "y"})"),
              ElementsAre(Basic("x", "y")));
}

// As `base64 -w COLUMNS` writes it: in lines, each with an end.
std::string Wrapped(std::string_view base64, size_t columns, std::string_view line_end) {
  std::string text;
  for (size_t i = 0; i < base64.size(); i += columns) {
    absl::StrAppend(&text, base64.substr(i, columns), line_end);
  }
  return text;
}

TEST(DockerConfig, AuthIsReadHoweverItWasWrapped) {
  // With all lengths there are all of padding and of what is left for the last line.
  for (size_t length = 1; length <= 300; ++length) {
    std::string password;
    for (size_t i = 0; i < length; ++i) password += static_cast<char>('!' + (i * 7 + length) % 94);
    const std::string padded = absl::Base64Escape("u:" + password);
    const std::string unpadded = padded.substr(0, padded.find('='));
    for (const std::string& base64 : {padded, unpadded}) {
      for (const size_t columns : {size_t{1000}, size_t{64}, size_t{76}}) {
        for (const char* line_end : {"", "\n", "\r\n", " ", "\n  "}) {
          const base::Json entry = {{"auth", Wrapped(base64, columns, line_end)}};
          ASSERT_THAT(CredentialsOf(entry.dump()), ElementsAre(Basic("u", password)))
              << entry.dump();
        }
      }
    }
  }
}

TEST(DockerConfig, AuthWithTheWrongPaddingIsNoBase64) {
  for (const char* auth : {"dTpwdw=", "dTpwdw===", "dTpw=", "dTpw====", "dTp=w", "=", "dTpwd"}) {
    EXPECT_THAT(FaultsOf(base::Json{{"auth", auth}}.dump()),
                ElementsAre("auths/host: \"auth\" is not base64"))
        << auth;
  }
}

TEST(DockerConfig, TokensAreKept) {
  Credential identity = Basic("00000000-0000-0000-0000-000000000000", "");
  identity.identity_token = "refresh";
  EXPECT_THAT(CredentialsOf(R"({"auth": "MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOg==",
                               "identitytoken": "refresh"})"),
              ElementsAre(identity));
  Credential bearer;
  bearer.registry_token = "bearer";
  EXPECT_THAT(CredentialsOf(R"({"registrytoken": "bearer"})"), ElementsAre(bearer));
}

TEST(DockerConfig, AnEntryThatCannotBeUsedIsNamedAndTheOthersStay) {
  EXPECT_THAT(FaultsOf(R"({"auth": "%secret%"})"),
              ElementsAre("auths/host: \"auth\" is not base64"));
  EXPECT_THAT(FaultsOf(Auth("secret")),
              ElementsAre("auths/host: \"auth\" is not a user name, a colon and a password"));
  EXPECT_THAT(FaultsOf(Auth(":secret")), ElementsAre("auths/host: has no user name"));
  EXPECT_THAT(FaultsOf(R"({"password": "secret"})"), ElementsAre("auths/host: has no user name"));
  EXPECT_THAT(FaultsOf(R"("secret")"), ElementsAre("auths/host: must be an object, is a string"));
  EXPECT_THAT(FaultsOf(R"({"password": 7, "username": "u"})"),
              ElementsAre("auths/host: /password: must be a string, is a number"));

  const DockerConfig config = *DockerConfig::ParseConfigJson(
      R"({"auths": {"": {"auth": "dTpw"}, "a\u0007": {"auth": "!"}, "host": {"auth": "dTpw"}}})");
  EXPECT_THAT(config.faults(),
              ElementsAre("auths/: names no host", "auths/a\\x07: \"auth\" is not base64"));
  EXPECT_THAT(config.FindCredentials({"host", "app"}), ElementsAre(Basic("u", "p")));
}

TEST(DockerConfig, AnEntryWithoutSecretsIsNoFault) {
  EXPECT_THAT(CredentialsOf("{}"), IsEmpty());
  EXPECT_THAT(FaultsOf("{}"), IsEmpty());
  EXPECT_THAT(FaultsOf(R"({"email": "x@example.org"})"), IsEmpty());
}

TEST(DockerConfig, AnEmptyConfigurationIsOne) {
  EXPECT_THAT(DockerConfig::ParseConfigJson("{}"), IsOk());
  EXPECT_THAT(DockerConfig::ParseConfigJson(R"({"auths": null})"), IsOk());
  EXPECT_THAT(DockerConfig::ParseDockercfg("{}"), IsOk());
}

TEST(DockerConfig, DockercfgIsTheMapAlone) {
  const DockerConfig config = *DockerConfig::ParseDockercfg(R"({"host": {"auth": "dTpw"}})");
  EXPECT_THAT(config.FindCredentials({"host", "app"}), ElementsAre(Basic("u", "p")));
}

TEST(DockerConfig, WhatIsNoConfigurationIsRefusedWithoutQuotingIt) {
  for (const char* text : {"", "secret", "[]", "null", R"({"auths": {"host": {"auth": "secret)",
                           R"({"auths": "secret"})", R"({"auths": ["secret"]})",
                           R"({"auths": {}, "auths": {"secret": {}}})"}) {
    EXPECT_THAT(DockerConfig::ParseConfigJson(text),
                StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("secret"))))
        << text;
  }
  EXPECT_THAT(DockerConfig::ParseDockercfg("[]"),
              StatusIs(absl::StatusCode::kInvalidArgument, "is not a JSON object"));
  EXPECT_THAT(DockerConfig::ParseConfigJson(R"({"auths": )"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "is not well-formed JSON: byte 10: it ends too early"));
  EXPECT_THAT(DockerConfig::ParseConfigJson("\xef\xbb\xbf{}"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a byte order mark")));
  EXPECT_THAT(DockerConfig::ParseConfigJson(R"({"auths": {"h": {}, "h": {"auth": "dTpw"}}})"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a second member")));
}

}  // namespace
}  // namespace countersign::registry

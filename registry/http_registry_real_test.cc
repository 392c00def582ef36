// HttpRegistry against Debian's docker-registry.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/eventually.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/curl_client.h"
#include "http/client/scripted_server.h"
#include "http/test_authority.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/http_registry.h"
#include "registry/registry_process.h"

namespace countersign::registry {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kUsers =
    "user:$2b$05$x2c/TsuXMW0E/7jcakZhQ.dKUKm9yY87iZ58Dk2KeG6nis7OeYYtm\n";  // "password"

constexpr std::string_view kOci = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kDocker = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";

Credential Basic(std::string username, std::string password) {
  Credential credential;
  credential.username = std::move(username);
  credential.password = std::move(password);
  return credential;
}

base::Json Descriptor(std::string_view bytes) {
  return {{"mediaType", "application/octet-stream"},
          {"digest", oci::Digest::Of(bytes).ToString()},
          {"size", bytes.size()}};
}

std::string ImageManifest(std::string_view media_type, std::string_view blob) {
  const base::Json manifest = {{"schemaVersion", 2},
                               {"mediaType", media_type},
                               {"config", Descriptor("{}")},
                               {"layers", {Descriptor(blob)}}};
  return manifest.dump();
}

std::string Index(std::string_view media_type, std::string_view manifest) {
  base::Json child = Descriptor(manifest);
  child["mediaType"] = media_type == kOciIndex ? kOci : kDocker;
  child["platform"] = {{"architecture", "amd64"}, {"os", "linux"}};
  const base::Json index = {
      {"schemaVersion", 2}, {"mediaType", media_type}, {"manifests", {child}}};
  return index.dump();
}

class HttpRegistryRealTest : public testing::Test {
 protected:
  HttpRegistryRealTest() : key_pair_(authority_.Issue()) {}

  std::string WriteFile(std::string_view name, std::string_view contents) {
    std::string path = absl::StrCat(authority_.directory(), "/", name);
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }
  std::string ReadFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }

  void Start(bool tls, base::Json auth = nullptr, std::vector<std::string> insecure = {},
             std::string extra_ca = "") {
    RegistryProcess::Options options;
    if (tls) options.tls_cert_file = key_pair_.cert_file;
    if (tls) options.tls_key_file = key_pair_.key_file;
    options.auth = std::move(auth);
    real_ = std::make_unique<RegistryProcess>(options);
    host_ = absl::StrCat("localhost:", real_->port());
    if (insecure.empty() && !tls) insecure = {host_};
    Connect(extra_ca.empty() ? authority_.CaPem() : extra_ca, insecure);
  }

  void StartWithUsers() {
    const std::string file = WriteFile("htpasswd", kUsers);
    Start(/*tls=*/true, {{"htpasswd", {{"realm", "test"}, {"path", file}}}});
  }

  void Connect(std::string ca_pem, std::vector<std::string> insecure = {}) {
    http::CurlClient::Options options;
    if (!ca_pem.empty()) options.extra_ca_pem = {std::move(ca_pem)};
    registry_.reset();
    client_ = *http::CurlClient::Create(options);
    registry_ = std::make_unique<HttpRegistry>(
        client_.get(), &base::Clock::Real(),
        HttpRegistry::Options{.insecure_registries = std::move(insecure)});
  }

  oci::Repository Repository(std::string path = "team/app") const {
    return {host_, std::move(path)};
  }
  absl::StatusOr<oci::Digest> Resolve(std::string_view tag, const Credential& credential = {}) {
    return registry_->ResolveTag(Repository(), tag, credential, base::Soon());
  }
  absl::StatusOr<std::string> FetchTag(std::string_view tag, const Credential& credential = {}) {
    return registry_->FetchManifestByTag(Repository(), tag, credential, base::Soon());
  }
  absl::StatusOr<std::string> FetchManifest(const oci::Digest& digest) {
    return registry_->FetchManifest(Repository(), digest, 4 << 20, {}, base::Soon());
  }
  absl::StatusOr<std::string> FetchBlob(const oci::Digest& digest, size_t max_bytes = 1000,
                                        const Credential& credential = {}) {
    return registry_->FetchBlob(Repository(), digest, max_bytes, credential, base::Soon());
  }

  http::TestAuthority authority_;
  const http::TestAuthority::KeyPair key_pair_;
  std::unique_ptr<RegistryProcess> real_;
  std::string host_;
  std::unique_ptr<http::CurlClient> client_;
  std::unique_ptr<HttpRegistry> registry_;
};

TEST_F(HttpRegistryRealTest, ManifestsOfEveryKindAreRead) {
  Start(/*tls=*/true);
  const oci::Digest blob = real_->PutBlob("team/app", "blob");
  real_->PutBlob("team/app", "{}");
  for (const std::string& manifest : {ImageManifest(kOci, "blob"), ImageManifest(kDocker, "blob"),
                                      Index(kOciIndex, ImageManifest(kOci, "blob")),
                                      Index(kDockerList, ImageManifest(kDocker, "blob"))}) {
    const oci::Digest digest = real_->PutManifest("team/app", "v1", manifest);
    EXPECT_THAT(Resolve("v1"), IsOkAndHolds(digest));
    EXPECT_THAT(FetchTag("v1"), IsOkAndHolds(manifest));
    EXPECT_THAT(FetchManifest(digest), IsOkAndHolds(manifest));
  }
  EXPECT_THAT(FetchBlob(blob), IsOkAndHolds("blob"));
  EXPECT_THAT(FetchBlob(blob, 3), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(HttpRegistryRealTest, WhatIsNotThereIsNotFound) {
  Start(/*tls=*/true);
  const oci::Digest absent = oci::Digest::Of("absent");
  real_->PutManifest("team/app", "v1", ImageManifest(kOci, "blob"));
  const auto words = testing::StartsWith(absl::StrCat(
      "registry ", host_, " does not have it (404 Not Found) and says \"MANIFEST_UNKNOWN: "));
  EXPECT_THAT(Resolve("absent"), StatusIs(absl::StatusCode::kNotFound, words));
  EXPECT_THAT(FetchTag("sha256-0.sig"), StatusIs(absl::StatusCode::kNotFound, words));
  EXPECT_THAT(FetchManifest(absent), StatusIs(absl::StatusCode::kNotFound, words));
  EXPECT_THAT(FetchBlob(absent),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("BLOB_UNKNOWN: ")));
  EXPECT_THAT(registry_->ResolveTag(Repository("absent"), "v1", {}, base::Soon()),
              StatusIs(absl::StatusCode::kNotFound, words));
}

TEST_F(HttpRegistryRealTest, WhatRefersToAnImageIsUnderItsTagAsThereIsNoListOfIt) {
  Start(/*tls=*/true);
  const oci::Digest image = real_->PutManifest("team/app", "v1", ImageManifest(kOci, "blob"));
  EXPECT_THAT(registry_->FetchReferrers(Repository(), image, "", {}, base::Soon()),
              StatusIs(absl::StatusCode::kNotFound,
                       absl::StrCat("registry ", host_, " has no list of what refers to it")));
  const std::string tag = absl::StrCat("sha256-", image.hex());
  EXPECT_THAT(FetchTag(tag), StatusIs(absl::StatusCode::kNotFound));
  const std::string index = Index(kOciIndex, ImageManifest(kOci, "blob"));
  real_->PutManifest("team/app", tag, index);
  EXPECT_THAT(FetchTag(tag), IsOkAndHolds(index));
}

TEST_F(HttpRegistryRealTest, ABlobWithOtherBytesIsNotTrusted) {
  RegistryProcess::Options options;
  options.storage = absl::StrCat(authority_.directory(), "/storage");
  options.tls_cert_file = key_pair_.cert_file;
  options.tls_key_file = key_pair_.key_file;
  real_ = std::make_unique<RegistryProcess>(options);
  host_ = absl::StrCat("localhost:", real_->port());
  Connect(authority_.CaPem());
  const oci::Digest blob = real_->PutBlob("team/app", "blob");
  std::ofstream(absl::StrCat(options.storage, "/docker/registry/v2/blobs/sha256/",
                             blob.hex().substr(0, 2), "/", blob.hex(), "/data"))
      << "evil";
  EXPECT_THAT(FetchBlob(blob), StatusIs(absl::StatusCode::kFailedPrecondition,
                                        HasSubstr("sent other bytes than those asked for")));
}

TEST_F(HttpRegistryRealTest, OnlyTheRightPasswordIsAccepted) {
  StartWithUsers();
  const std::string manifest = ImageManifest(kOci, "blob");
  const oci::Digest digest = real_->PutManifest("team/app", "v1", manifest);
  EXPECT_THAT(Resolve("v1"), StatusIs(absl::StatusCode::kUnauthenticated,
                                      absl::StrCat("registry ", host_,
                                                   " refused to answer without a credential "
                                                   "(401 Unauthorized)")));
  EXPECT_THAT(
      Resolve("v1", Basic("user", "secret")),
      StatusIs(absl::StatusCode::kUnauthenticated,
               absl::StrCat("registry ", host_, " refused the credential (401 Unauthorized)")));
  EXPECT_THAT(Resolve("v1", Basic("user", "password")), IsOkAndHolds(digest));
  EXPECT_THAT(FetchTag("v1", Basic("user", "password")), IsOkAndHolds(manifest));
  EXPECT_THAT(Resolve("v1"), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(HttpRegistryRealTest, AnAuthorityThatIsNotKnownIsNotTrusted) {
  Start(/*tls=*/true);
  Connect(http::TestAuthority().CaPem());
  EXPECT_THAT(Resolve("v1"),
              StatusIs(absl::StatusCode::kUnavailable,
                       absl::StrCat(host_,
                                    " is not trusted: its certificate is signed by an "
                                    "unknown authority")));
  Connect("", {host_});
  EXPECT_THAT(Resolve("v1"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HttpRegistryRealTest, PlainHttpIsSpokenToWhoIsNamedInsecure) {
  Start(/*tls=*/false);
  const std::string manifest = ImageManifest(kOci, "blob");
  real_->PutManifest("team/app", "v1", manifest);
  EXPECT_THAT(FetchTag("v1"), IsOkAndHolds(manifest));
  Connect(authority_.CaPem());
  EXPECT_THAT(FetchTag("v1"), StatusIs(absl::StatusCode::kUnavailable,
                                       host_ + " could not agree on TLS, or does not speak it"));
}

// A token service as docker-registry wants it: JSON Web Tokens (RFC 7515, RFC 7519) signed by RSA,
// with the certificate of the key.
class TokenService {
 public:
  explicit TokenService(const std::string& directory)
      : directory_(directory),
        server_([this](const std::string& request) { return Answer(request); }) {
    Run("openssl req -x509 -newkey rsa:2048 -nodes -keyout token.key -out token.pem -days 1 "
        "-subj /CN=token");
  }

  base::Json Auth() const {
    return {{"token",
             {{"realm", absl::StrCat("http://", host(), "/token")},
              {"service", "a service"},
              {"issuer", "test"},
              {"rootcertbundle", absl::StrCat(directory_, "/token.pem")}}}};
  }
  const std::string& host() const { return server_.host(); }
  std::vector<std::string> Requests() const { return server_.Requests(); }

 private:
  http::ScriptedServer::Answer Answer(const std::string& request) {
    const bool is_user = absl::StrContains(
        request, absl::StrCat("Authorization: Basic ", absl::Base64Escape("user:password")));
    if (!is_user && absl::StrContains(request, "Authorization: ")) {
      return {http::WriteResponse(401, {}, "{}")};
    }
    // Whoever shows no credential gets a token that allows nothing.
    const base::Json answer = {{"token", Issue(is_user)}, {"expires_in", 300}};
    return {http::WriteResponse(200, {}, answer.dump())};
  }

  std::string Issue(bool may_pull) const {
    std::string certificate = Read("token.pem");
    certificate = certificate.substr(certificate.find('\n'));
    certificate = certificate.substr(0, certificate.find('-'));
    std::erase(certificate, '\n');
    const base::Json header = {{"typ", "JWT"}, {"alg", "RS256"}, {"x5c", {certificate}}};
    const int64_t now = absl::ToUnixSeconds(base::Clock::Real().Now());
    base::Json claims = {
        {"iss", "test"},  {"sub", "user"}, {"aud", "a service"}, {"exp", now + 300},
        {"nbf", now - 5}, {"iat", now},    {"jti", "1"},         {"access", base::Json::array()}};
    if (may_pull) {
      claims["access"].push_back(
          {{"type", "repository"}, {"name", "team/app"}, {"actions", {"pull"}}});
    }
    const std::string text = absl::StrCat(absl::WebSafeBase64Escape(header.dump()), ".",
                                          absl::WebSafeBase64Escape(claims.dump()));
    std::ofstream(absl::StrCat(directory_, "/token.txt"), std::ios::binary) << text;
    Run("openssl dgst -sha256 -sign token.key -out token.sig token.txt");
    return absl::StrCat(text, ".", absl::WebSafeBase64Escape(Read("token.sig")));
  }

  std::string Read(std::string_view name) const {
    std::ifstream file(absl::StrCat(directory_, "/", name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  void Run(std::string_view command) const {
    const std::string line = absl::StrCat("cd '", directory_, "' && ", command, " 2>/dev/null");
    ASSERT_EQ(std::system(line.c_str()), 0) << line;
  }

  const std::string directory_;
  http::ScriptedServer server_;
};

TEST_F(HttpRegistryRealTest, BearerTokensAreFetchedAndReused) {
  TokenService tokens(authority_.directory());
  Start(/*tls=*/true, tokens.Auth(), {tokens.host()});
  const std::string manifest = ImageManifest(kOci, "blob");
  real_->PutManifest("team/app", "v1", manifest);
  const oci::Digest blob = real_->PutBlob("team/app", "blob");

  EXPECT_THAT(FetchTag("v1", Basic("user", "password")), IsOkAndHolds(manifest));
  const size_t requests = tokens.Requests().size();
  EXPECT_THAT(FetchTag("v1", Basic("user", "password")), IsOkAndHolds(manifest));
  EXPECT_THAT(FetchBlob(blob, 100, Basic("user", "password")), IsOkAndHolds("blob"));
  EXPECT_THAT(tokens.Requests(), SizeIs(requests));

  EXPECT_THAT(FetchTag("v1", Basic("user", "secret")),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       absl::StrCat("token service ", tokens.host(),
                                    " refused the credential (401 Unauthorized)")));
  EXPECT_THAT(FetchTag("v1"), StatusIs(absl::StatusCode::kUnauthenticated,
                                       absl::StrCat("registry ", host_,
                                                    " refused to answer without a credential "
                                                    "(401 Unauthorized) and says \"UNAUTHORIZED: "
                                                    "authentication required\"")));
  EXPECT_THAT(FetchTag("v1", Basic("user", "password")), IsOk());
}

// As registry.k8s.io does: every tag, those of signatures too, is in another registry.
TEST_F(HttpRegistryRealTest, TagsAndSignaturesAreReadWhereTheRegistryRedirectsTo) {
  Start(/*tls=*/true);
  const std::string manifest = ImageManifest(kOci, "blob");
  const oci::Digest digest = real_->PutManifest("images/team/app", "v1", manifest);
  const std::string signature_tag = absl::StrCat("sha256-", digest.hex(), ".sig");
  const std::string there = absl::StrCat("https://", host_, "/v2/images/");
  http::ScriptedServer front([&there](const std::string& request) {
    const std::string path =
        request.substr(request.find("/v2/"), request.find(" HTTP/") - request.find("/v2/"));
    if (path == "/v2/") return http::ScriptedServer::Answer{http::WriteResponse(200, {}, "{}")};
    return http::ScriptedServer::Answer{
        http::WriteResponse(307, {{"Location", absl::StrCat(there, path.substr(4))}}, "")};
  });
  const oci::Repository repository = {front.host(), "team/app"};
  Connect(authority_.CaPem(), {front.host(), host_});
  EXPECT_THAT(registry_->ResolveTag(repository, "v1", Basic("u", "p"), base::Soon()),
              IsOkAndHolds(digest));
  EXPECT_THAT(registry_->FetchManifest(repository, digest, 4 << 20, {}, base::Soon()),
              IsOkAndHolds(manifest));
  EXPECT_THAT(
      registry_->FetchManifestByTag(repository, signature_tag, {}, base::Soon()),
      StatusIs(absl::StatusCode::kNotFound,
               absl::StrCat("registry ", front.host(), " does not have it (404 Not Found)")));
  real_->PutManifest("images/team/app", signature_tag, manifest);
  EXPECT_THAT(registry_->FetchManifestByTag(repository, signature_tag, {}, base::Soon()),
              IsOkAndHolds(manifest));
  // Nobody has named it: it is on this machine, where redirects do not go.
  Connect(authority_.CaPem(), {front.host()});
  EXPECT_THAT(registry_->ResolveTag(repository, "v1", {}, base::Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace countersign::registry

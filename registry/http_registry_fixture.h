#ifndef COUNTERSIGN_REGISTRY_HTTP_REGISTRY_FIXTURE_H_
#define COUNTERSIGN_REGISTRY_HTTP_REGISTRY_FIXTURE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"
#include "http/client/client.h"
#include "http/client/fake_client.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/http_registry.h"

// An HttpRegistry in a world that each test makes up.
namespace countersign::registry {

inline constexpr std::string_view kManifest = R"({"schemaVersion":2})";

inline http::ClientResponse Respond(int status, http::Headers headers = {},
                                    std::string_view body = "") {
  http::ClientResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::string(body);
  return response;
}

inline http::ClientResponse Challenge(std::string challenge) {
  return Respond(401, {{"www-authenticate", std::move(challenge)}});
}

inline std::string Header(const http::ClientRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

inline Credential Basic(std::string username, std::string password) {
  Credential credential;
  credential.username = std::move(username);
  credential.password = std::move(password);
  return credential;
}

// A registry behind a client whose world each test defines. Nothing is insecure but plain:5000.
class HttpRegistryTest : public testing::Test {
 protected:
  absl::StatusOr<oci::Digest> Resolve(const Credential& credential = {}) {
    return registry_.ResolveTag(repository_, "v1", credential, base::Soon());
  }
  absl::StatusOr<std::string> FetchTag(const Credential& credential = {}) {
    return registry_.FetchManifestByTag(repository_, "v1", credential, base::Soon());
  }
  absl::StatusOr<std::string> FetchManifest(const oci::Digest& digest, size_t max_bytes = 4 << 20) {
    return registry_.FetchManifest(repository_, digest, max_bytes, {}, base::Soon());
  }
  absl::StatusOr<std::string> FetchBlob(size_t max_bytes, const Credential& credential = {}) {
    return registry_.FetchBlob(repository_, digest_, max_bytes, credential, base::Soon());
  }
  // "METHOD url", and " as AUTHORIZATION" where there was one; then forgets them.
  std::vector<std::string> TakeRequests() {
    std::vector<std::string> lines;
    const std::vector<http::ClientRequest> requests = client_.Requests();
    for (size_t i = taken_; i < requests.size(); ++i) {
      const std::string authorization = Header(requests[i], "Authorization");
      lines.push_back(absl::StrCat(requests[i].method, " ", requests[i].url,
                                   authorization.empty() ? "" : " as ", authorization));
    }
    taken_ = requests.size();
    return lines;
  }

  const oci::Digest digest_ = oci::Digest::Of(kManifest);
  std::function<absl::StatusOr<http::ClientResponse>(const http::ClientRequest&)> world_ =
      [](const http::ClientRequest&) { return Respond(200, {}, kManifest); };
  http::FakeClient client_{[this](const http::ClientRequest& request) { return world_(request); }};
  base::FakeClock clock_;
  HttpRegistry registry_{&client_, &clock_, {.insecure_registries = {"plain:5000"}}};
  oci::Repository repository_{"reg.example", "team/app"};
  size_t taken_ = 0;
};

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_HTTP_REGISTRY_FIXTURE_H_

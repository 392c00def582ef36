#include "registry/http_registry.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "http/client.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "oci/manifest.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"
#include "registry/response_status.h"
#include "registry/transport.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxManifestBytes = 4 << 20;
// An error's body may be longer than what was asked for may be.
constexpr size_t kMaxErrorBytes = 64 << 10;

std::string Name(const oci::Repository& repository) {
  return absl::StrCat("registry ", repository.registry);
}

http::ClientRequest BuildManifestRequest(const oci::Repository& repository,
                                         std::string_view reference) {
  http::ClientRequest request;
  request.url = absl::StrCat("/v2/", repository.path, "/manifests/", reference);
  request.headers = {
      {"Accept", absl::StrCat(oci::kOciManifest, ", ", oci::kOciIndex, ", ", oci::kDockerManifest,
                              ", ", oci::kDockerManifestList)}};
  request.max_response_bytes = kMaxManifestBytes;
  return request;
}

// A digest of another algorithm, or a malformed one, is none that helps.
std::optional<oci::Digest> FindDigest(const http::ClientResponse& response) {
  const std::optional<std::string_view> header = response.FindHeader("docker-content-digest");
  if (!header.has_value()) return std::nullopt;
  absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(*header);
  if (!digest.ok()) return std::nullopt;
  return *std::move(digest);
}

absl::Status CheckStatus(const RedirectFollower::Result& result, const Access& access) {
  const std::string name = Name(access.repository);
  if (!result.left_origin) return ResponseStatus(result.response.status, name, access.credential);
  const absl::Status status = ResponseStatus(
      result.response.status, absl::StrCat(result.url.HostPort(), ", where ", name, " redirects,"),
      Credential());
  // It was shown no credential, so that it refused none.
  if (absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status)) {
    return absl::FailedPreconditionError(status.message());
  }
  return status;
}

}  // namespace

HttpRegistry::HttpRegistry(http::Client* client, const base::Clock* clock, const Options& options)
    : transport_(client, clock, options.insecure_registries),
      request_timeout_(options.request_timeout) {}

absl::StatusOr<oci::Digest> HttpRegistry::ResolveTag(const oci::Repository& repository,
                                                     std::string_view tag,
                                                     const Credential& credential,
                                                     const Bounds& bounds) {
  const Access access = Within(repository, credential, bounds);
  http::ClientRequest head = BuildManifestRequest(repository, tag);
  head.method = "HEAD";
  CS_ASSIGN_OR_RETURN(const RedirectFollower::Result result, transport_.Send(head, access));
  const int status = result.response.status;
  if (status != 405 && status != 501) {  // Some have no HEAD.
    CS_RETURN_IF_ERROR(CheckStatus(result, access));
    if (std::optional<oci::Digest> digest = FindDigest(result.response)) return *std::move(digest);
  }
  CS_ASSIGN_OR_RETURN(const std::string bytes, GetTagged(tag, access));
  return oci::Digest::Of(bytes);
}

absl::StatusOr<std::string> HttpRegistry::FetchManifestByTag(const oci::Repository& repository,
                                                             std::string_view tag,
                                                             const Credential& credential,
                                                             const Bounds& bounds) {
  return GetTagged(tag, Within(repository, credential, bounds));
}

absl::StatusOr<std::string> HttpRegistry::FetchManifest(const oci::Repository& repository,
                                                        const oci::Digest& digest,
                                                        const Credential& credential,
                                                        const Bounds& bounds) {
  return GetDigested(BuildManifestRequest(repository, digest.ToString()), digest,
                     Within(repository, credential, bounds));
}

absl::StatusOr<std::string> HttpRegistry::FetchBlob(const oci::Repository& repository,
                                                    const oci::Digest& digest, size_t max_bytes,
                                                    const Credential& credential,
                                                    const Bounds& bounds) {
  http::ClientRequest request;
  request.url = absl::StrCat("/v2/", repository.path, "/blobs/", digest.ToString());
  request.max_response_bytes = max_bytes;
  return GetDigested(std::move(request), digest, Within(repository, credential, bounds));
}

Access HttpRegistry::Within(const oci::Repository& repository, const Credential& credential,
                            const Bounds& bounds) const {
  return {repository, credential, std::min(bounds.deadline, absl::Now() + request_timeout_),
          bounds.held};
}

absl::StatusOr<std::string> HttpRegistry::GetTagged(std::string_view tag, const Access& access) {
  CS_ASSIGN_OR_RETURN(http::ClientResponse response,
                      Get(BuildManifestRequest(access.repository, tag), access));
  const std::optional<oci::Digest> named = FindDigest(response);
  if (named.has_value() && *named != oci::Digest::Of(response.body)) {
    return absl::FailedPreconditionError(
        absl::StrCat(Name(access.repository),
                     " sent other bytes than those of the digest it named, ", named->ToString()));
  }
  return std::move(response.body);
}

absl::StatusOr<std::string> HttpRegistry::GetDigested(http::ClientRequest request,
                                                      const oci::Digest& digest,
                                                      const Access& access) {
  CS_ASSIGN_OR_RETURN(http::ClientResponse response, Get(std::move(request), access));
  const oci::Digest received = oci::Digest::Of(response.body);
  if (received != digest) {
    return absl::FailedPreconditionError(
        absl::StrCat(Name(access.repository), " sent other bytes, those of ", received.ToString()));
  }
  return std::move(response.body);
}

absl::StatusOr<http::ClientResponse> HttpRegistry::Get(http::ClientRequest request,
                                                       const Access& access) {
  const size_t max_bytes = request.max_response_bytes;
  request.max_response_bytes = std::max(max_bytes, kMaxErrorBytes);
  CS_ASSIGN_OR_RETURN(RedirectFollower::Result result, transport_.Send(request, access));
  CS_RETURN_IF_ERROR(CheckStatus(result, access));
  if (result.response.body.size() > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(Name(access.repository), " sent a larger answer than allowed"));
  }
  return std::move(result.response);
}

}  // namespace countersign::registry

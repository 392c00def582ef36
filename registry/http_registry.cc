#include "registry/http_registry.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/json_extract.h"
#include "base/json_place.h"
#include "base/large_text_turn.h"
#include "base/status_macros.h"
#include "http/client/client.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"
#include "registry/referrers_answer.h"
#include "registry/response_status.h"
#include "registry/transport.h"

namespace countersign::registry {
namespace {

// An error's body may be longer than what was asked for may be.
constexpr size_t kMaxErrorBytes = 64 << 10;
constexpr std::string_view kManifests = "/manifests/";

http::ClientRequest BuildManifestRequest(const oci::Repository& repository,
                                         std::string_view reference) {
  http::ClientRequest request;
  request.url = absl::StrCat("/v2/", repository.path, kManifests, reference);
  request.headers = {
      {"Accept", absl::StrCat(oci::kOciManifest, ", ", oci::kOciIndex, ", ", oci::kDockerManifest,
                              ", ", oci::kDockerManifestList)}};
  request.max_response_bytes = oci::kMaxManifestBytes;
  return request;
}

http::ClientRequest BuildReferrersRequest(const oci::Repository& repository,
                                          const oci::Digest& subject, std::string_view page) {
  http::ClientRequest request;
  request.url = absl::StrCat("/v2/", repository.path, "/referrers/", subject.ToString(),
                             page.empty() ? "" : "?", page);
  request.headers = {{"Accept", std::string(oci::kOciIndex)}};
  request.max_response_bytes = oci::kMaxManifestBytes;
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

// Whether it is a manifest at all, of which the rest is for others to read. Bytes that somebody else
// sent, whom nobody named, are nothing before that.
bool IsManifest(std::string_view bytes) {
  base::JsonParts wanted;
  wanted.At("/schemaVersion");
  const base::LargeTextTurn turn(bytes.size());
  const absl::StatusOr<base::ExtractedJson> json = base::ExtractJson(bytes, wanted, {});
  if (!json.ok()) return false;
  const auto version = base::JsonPlace(json->value).OptionalInteger("schemaVersion");
  return version.ok() && *version == 2;
}

// nginx, where a certificate is wanted and none was shown.
bool WantsCertificate(const http::ClientResponse& response) {
  return response.status == 496 ||
         (response.status == 400 &&
          absl::StrContains(response.body, "No required SSL certificate was sent"));
}

}  // namespace

HttpRegistry::HttpRegistry(http::Client* client, const base::Clock* clock, const Options& options)
    : transport_(client, clock, options.insecure_registries, options.memory_bytes,
                 options.patience),
      request_timeout_(options.request_timeout) {}

absl::StatusOr<oci::Digest> HttpRegistry::ResolveTag(const oci::Repository& repository,
                                                     std::string_view tag,
                                                     const Credential& credential,
                                                     const Bounds& bounds) {
  const RepositoryAccess access = AccessTo(repository, credential, bounds);
  http::ClientRequest head = BuildManifestRequest(repository, tag);
  head.method = "HEAD";
  CS_ASSIGN_OR_RETURN(const Transport::Reply reply,
                      transport_.Send(head, RedirectFollower::Targets::kManifests, access));
  const int status = reply.result.response.status;
  // Some have no HEAD, and call that by all kinds of names: only GET's refusal is believed.
  if (status == 429 && !reply.result.left_origin) return CheckStatus(reply, access);
  if (status == 200) {
    if (std::optional<oci::Digest> digest = FindDigest(reply.result.response)) {
      return *std::move(digest);
    }
  }
  CS_ASSIGN_OR_RETURN(const std::string bytes, GetTagged(tag, access));
  return oci::Digest::Of(bytes);
}

absl::StatusOr<std::string> HttpRegistry::FetchManifestByTag(const oci::Repository& repository,
                                                             std::string_view tag,
                                                             const Credential& credential,
                                                             const Bounds& bounds) {
  return GetTagged(tag, AccessTo(repository, credential, bounds));
}

absl::StatusOr<std::string> HttpRegistry::FetchManifest(const oci::Repository& repository,
                                                        const oci::Digest& digest, size_t max_bytes,
                                                        const Credential& credential,
                                                        const Bounds& bounds) {
  http::ClientRequest request = BuildManifestRequest(repository, digest.ToString());
  request.max_response_bytes = std::min(max_bytes, oci::kMaxManifestBytes);
  return GetDigested(std::move(request), RedirectFollower::Targets::kManifests, digest,
                     AccessTo(repository, credential, bounds));
}

absl::StatusOr<std::string> HttpRegistry::FetchBlob(const oci::Repository& repository,
                                                    const oci::Digest& digest, size_t max_bytes,
                                                    const Credential& credential,
                                                    const Bounds& bounds) {
  http::ClientRequest request;
  request.url = absl::StrCat("/v2/", repository.path, "/blobs/", digest.ToString());
  request.max_response_bytes = max_bytes;
  return GetDigested(std::move(request), RedirectFollower::Targets::kAnywhere, digest,
                     AccessTo(repository, credential, bounds));
}

absl::StatusOr<ReferrersPage> HttpRegistry::FetchReferrers(const oci::Repository& repository,
                                                           const oci::Digest& subject,
                                                           std::string_view page,
                                                           const Credential& credential,
                                                           const Bounds& bounds) {
  const RepositoryAccess access = AccessTo(repository, credential, bounds);
  CS_ASSIGN_OR_RETURN(Transport::Reply reply,
                      transport_.Send(BuildReferrersRequest(repository, subject, page),
                                      RedirectFollower::Targets::kManifests, access));
  http::ClientResponse& response = reply.result.response;
  if (reply.result.left_origin && response.status == 200 &&
      (HasNoReferrersApi(response) || !IsManifest(response.body))) {
    return transport_.TargetFailed(reply, "it is no index");
  }
  const std::string name = Who(repository.registry);
  if (HasNoReferrersApi(response) && !WantsCertificate(response)) {
    return absl::NotFoundError(absl::StrCat(name, " has no list of what refers to it"));
  }
  CS_RETURN_IF_ERROR(CheckStatus(reply, access));
  absl::StatusOr<std::string> next = NextReferrersPage(response, reply.result.url);
  if (!next.ok()) {
    next = absl::FailedPreconditionError(absl::StrCat(name, " ", next.status().message()));
  }
  return ReferrersPage{.index = std::move(response.body), .next = std::move(next)};
}

RepositoryAccess HttpRegistry::AccessTo(const oci::Repository& repository,
                                        const Credential& credential, const Bounds& bounds) const {
  return {repository, credential, std::min(bounds.deadline, base::In(request_timeout_)),
          bounds.held};
}

absl::StatusOr<std::string> HttpRegistry::GetTagged(std::string_view tag,
                                                    const RepositoryAccess& access) {
  CS_ASSIGN_OR_RETURN(Transport::Reply reply, Get(BuildManifestRequest(access.repository, tag),
                                                  RedirectFollower::Targets::kManifests, access));
  http::ClientResponse& response = reply.result.response;
  if (reply.result.left_origin && !IsManifest(response.body)) {
    return transport_.TargetFailed(reply, "it is no manifest");
  }
  const std::optional<oci::Digest> named = FindDigest(response);
  if (named.has_value() && *named != oci::Digest::Of(response.body)) {
    return OtherBytes(reply, "of the digest it named", access);
  }
  return std::move(response.body);
}

absl::StatusOr<std::string> HttpRegistry::GetDigested(http::ClientRequest request,
                                                      RedirectFollower::Targets targets,
                                                      const oci::Digest& digest,
                                                      const RepositoryAccess& access) {
  CS_ASSIGN_OR_RETURN(Transport::Reply reply, Get(std::move(request), targets, access));
  if (oci::Digest::Of(reply.result.response.body) != digest) {
    return OtherBytes(reply, "asked for", access);
  }
  return std::move(reply.result.response.body);
}

absl::StatusOr<Transport::Reply> HttpRegistry::Get(http::ClientRequest request,
                                                   RedirectFollower::Targets targets,
                                                   const RepositoryAccess& access) {
  const size_t max_bytes = request.max_response_bytes;
  request.max_response_bytes = std::max(max_bytes, kMaxErrorBytes);
  CS_ASSIGN_OR_RETURN(Transport::Reply reply, transport_.Send(request, targets, access));
  CS_RETURN_IF_ERROR(CheckStatus(reply, access));
  if (reply.result.response.body.size() <= max_bytes) return reply;
  if (reply.result.left_origin) return transport_.TargetFailed(reply, "its answer is too large");
  return absl::ResourceExhaustedError(
      absl::StrCat(Who(access.repository.registry), " sent a larger answer than allowed"));
}

absl::Status HttpRegistry::CheckStatus(const Transport::Reply& reply,
                                       const RepositoryAccess& access) {
  const http::ClientResponse& response = reply.result.response;
  const std::string name = Who(access.repository.registry);
  if (response.status == 200) return absl::OkStatus();
  if (reply.result.left_origin) {
    // Another registry, where it is not either. Everything else is nobody's to know.
    const bool is_absent =
        response.status == 404 && absl::StrContains(reply.result.url.path_and_query(), kManifests);
    if (is_absent) return ResponseStatus(404, name, Credential());
    return transport_.TargetFailed(reply, absl::StrCat("status ", response.status));
  }
  if (WantsCertificate(response)) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " wants a client certificate, and there is none (", response.status, ")"));
  }
  return ResponseStatus(response.status, name,
                        reply.showed_credential ? access.credential : Credential(), response.body);
}

// What was sent says nothing that should be shown, not even by its digest.
absl::Status HttpRegistry::OtherBytes(const Transport::Reply& reply, std::string_view than,
                                      const RepositoryAccess& access) {
  if (reply.result.left_origin) return transport_.TargetFailed(reply, "it sent other bytes");
  return absl::FailedPreconditionError(
      absl::StrCat(Who(access.repository.registry), " sent other bytes than those ", than));
}

}  // namespace countersign::registry

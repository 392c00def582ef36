#include "verifier/test_registry_server.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image_reference.h"

namespace countersign::verifier {
namespace {

using Answer = http::ScriptedServer::Answer;

constexpr size_t kMaxBlobBytes = 4 << 20;

absl::StatusOr<std::string> Fetch(registry::Registry& contents, const oci::Repository& repository,
                                  std::string_view kind, std::string_view reference,
                                  const registry::Credential& credential) {
  const absl::Time deadline = absl::InfiniteFuture();
  const absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(reference);
  if (kind == "manifests" && !digest.ok()) {
    return contents.FetchManifestByTag(repository, reference, credential, deadline);
  }
  if (!digest.ok()) return digest.status();
  return kind == "manifests"
             ? contents.FetchManifest(repository, *digest, oci::kMaxManifestBytes, credential,
                                      deadline)
             : contents.FetchBlob(repository, *digest, kMaxBlobBytes, credential, deadline);
}

// An answer to a question for what refers to `subject`; `target` is where the page was asked for.
absl::StatusOr<http::ClientResponse> AnswerReferrers(registry::Registry& contents,
                                                     const oci::Repository& repository,
                                                     std::string_view subject,
                                                     std::string_view target,
                                                     const registry::Credential& credential) {
  const std::pair<std::string_view, std::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  CS_ASSIGN_OR_RETURN(const oci::Digest digest, oci::Digest::Parse(subject));
  CS_ASSIGN_OR_RETURN(registry::ReferrersPage page,
                      contents.FetchReferrers(repository, digest, parts.second, credential,
                                              absl::InfiniteFuture()));
  CS_ASSIGN_OR_RETURN(const std::string next, page.next);
  http::ClientResponse response = {.status = 200, .body = std::move(page.index)};
  response.headers = {{"Content-Type", std::string(oci::kOciIndex)}};
  if (!next.empty()) {
    response.headers.emplace_back("Link",
                                  absl::StrCat("<", parts.first, "?", next, ">; rel=\"next\""));
  }
  return response;
}

// Of the line "Authorization: Basic …" of a request's head.
registry::Credential CredentialOf(std::string_view head) {
  constexpr std::string_view kBasic = "\r\nAuthorization: Basic ";
  const size_t at = head.find(kBasic);
  if (at == std::string_view::npos) return {};
  std::string text;
  const std::string_view value = head.substr(at + kBasic.size());
  if (!absl::Base64Unescape(value.substr(0, value.find("\r\n")), &text)) return {};
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  return {.username = parts.first, .password = parts.second};
}

}  // namespace

http::ClientResponse AnswerAsRegistry(registry::Registry& contents, const std::string& host,
                                      std::string_view target,
                                      const registry::Credential& credential) {
  http::ClientResponse response = {.status = 200};
  if (target == "/v2/") return response;
  // /v2/PATH/manifests/REFERENCE, or …/referrers/DIGEST?PAGE
  const std::string_view path = target.substr(0, target.find('?'));
  const size_t last = path.rfind('/');
  const size_t kind = path.rfind('/', last - 1);
  const oci::Repository repository = {host,
                                      std::string(absl::StripPrefix(path.substr(0, kind), "/v2/"))};
  const std::string_view kind_name = path.substr(kind + 1, last - kind - 1);
  const std::string_view reference = path.substr(last + 1);
  absl::Status failure;
  if (kind_name == "referrers") {
    absl::StatusOr<http::ClientResponse> page =
        AnswerReferrers(contents, repository, reference, target, credential);
    if (page.ok()) return *std::move(page);
    failure = page.status();
  } else {
    absl::StatusOr<std::string> bytes =
        Fetch(contents, repository, kind_name, reference, credential);
    failure = bytes.status();
    if (bytes.ok()) response.body = *std::move(bytes);
  }
  if (absl::IsUnauthenticated(failure)) {
    response.status = 401;
    response.headers = {{"WWW-Authenticate", "Basic realm=\"test\""}};
  } else if (!failure.ok()) {
    response.status = absl::IsNotFound(failure) ? 404 : 500;
  }
  return response;
}

TestRegistryServer::TestRegistryServer(registry::Registry* contents)
    : contents_(contents), server_([this](const std::string& request) { return Serve(request); }) {}

Answer TestRegistryServer::Serve(const std::string& request) {
  if (hangs_) return {.bytes = "", .then = Answer::Then::kHang};
  const std::vector<std::string> line =
      absl::StrSplit(request.substr(0, request.find("\r\n")), ' ');
  http::ClientResponse response =
      AnswerAsRegistry(*contents_, host(), line[1], CredentialOf(request));
  if (line[0] == "HEAD") response.body.clear();
  return {.bytes = http::WriteResponse(response.status, response.headers, response.body)};
}

}  // namespace countersign::verifier

#include "registry/referrers_answer.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "oci/descriptor.h"
#include "registry/next_link.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxQueryBytes = 4096;

bool IsIndex(const http::ClientResponse& response) {
  const std::string_view type = response.FindHeader("content-type").value_or("");
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type.substr(0, type.find(';'))),
                                oci::kOciIndex);
}

// The path and the query of a URL. The colon of a digest may be escaped or not (RFC 3986, section
// 3.3).
std::pair<std::string, std::string> PathAndQuery(const http::Url& url) {
  const std::pair<std::string_view, std::string_view> parts =
      absl::StrSplit(url.path_and_query(), absl::MaxSplits('?', 1));
  return {absl::StrReplaceAll(parts.first, {{"%3A", ":"}, {"%3a", ":"}}),
          std::string(parts.second)};
}

}  // namespace

bool HasNoReferrersApi(const http::ClientResponse& response) {
  switch (response.status) {
    case 200:
      return !IsIndex(response);
    case 400:
    case 404:
    case 405:
    case 406:
    case 501:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<std::string> NextReferrersPage(const http::ClientResponse& response,
                                              const http::Url& url) {
  const std::optional<std::string> link = FindNextLink(response.headers);
  if (!link.has_value()) return "";
  const absl::StatusOr<http::Url> next = url.Resolve(*link);
  // Behind a proxy some name themselves by the other scheme.
  if (next.ok() && next->host() == url.host()) {
    auto [path, query] = PathAndQuery(*next);
    const bool is_of_list = path == PathAndQuery(url).first;
    if (is_of_list && !query.empty() && query.size() <= kMaxQueryBytes) return std::move(query);
  }
  return absl::FailedPreconditionError("names a next page that is not of the same list");
}

}  // namespace countersign::registry

#include "http/client/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace countersign::http {
namespace {

// As a name may be long in the DNS (RFC 1035, 2.3.4), without its last dot. Hosts are remembered by name.
constexpr size_t kMaxHostBytes = 253;

// Whether all of the host's characters are those of hosts. libcurl decodes what is percent-encoded in
// one, so that any byte can come out of it: another '%', a delimiter.
bool HasHostsCharacters(std::string_view host) {
  const bool is_ipv6 = absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  const std::string_view others = is_ipv6 ? ":." : "-._";
  if (is_ipv6) host = host.substr(1, host.size() - 2);
  return !host.empty() && std::all_of(host.begin(), host.end(), [others](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains(others, c);
  });
}

}  // namespace

// libcurl's URL parser, with our refusals.
class UrlReader {
 public:
  UrlReader() : url_(curl_url()) {}
  ~UrlReader() { curl_url_cleanup(url_); }
  UrlReader(const UrlReader&) = delete;
  UrlReader& operator=(const UrlReader&) = delete;

  // The first call takes an absolute URL; another one resolves `text` against what was read before.
  absl::Status Read(std::string_view text) {
    if (text.empty()) return absl::InvalidArgumentError("the URL is empty");
    if (!std::all_of(text.begin(), text.end(), absl::ascii_isgraph)) {
      return absl::InvalidArgumentError("the URL holds a space or a byte that is not ASCII");
    }
    const CURLUcode code =
        curl_url_set(url_, CURLUPART_URL, std::string(text).c_str(), CURLU_DISALLOW_USER);
    if (code == CURLUE_OK) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("the URL is malformed: ", curl_url_strerror(code)));
  }

  absl::StatusOr<Url> Finish() const {
    Url url;
    url.scheme_ = Part(CURLUPART_SCHEME);
    url.host_ = absl::AsciiStrToLower(Part(CURLUPART_HOST));
    url.path_and_query_ = Part(CURLUPART_PATH);
    if (url.scheme_ != "http" && url.scheme_ != "https") {
      return absl::InvalidArgumentError("the URL's scheme is not http or https");
    }
    if (url.host_.size() > kMaxHostBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("the URL's host is longer than ", kMaxHostBytes, " bytes"));
    }
    if (!HasHostsCharacters(url.host_) || !IsReadTheSameAgain(url.host_)) {
      return absl::InvalidArgumentError("the URL's host is malformed");
    }
    if (!absl::SimpleAtoi(Part(CURLUPART_PORT, CURLU_DEFAULT_PORT), &url.port_)) {
      return absl::InvalidArgumentError("the URL's port is malformed");
    }
    if (const std::string query = Part(CURLUPART_QUERY); !query.empty()) {
      absl::StrAppend(&url.path_and_query_, "?", query);
    }
    return url;
  }

 private:
  std::string Part(CURLUPart part, unsigned int flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url_, part, &text, flags) != CURLUE_OK) return "";
    std::string copy = text;
    curl_free(text);
    return copy;
  }

  // A number is made an address before what is percent-encoded is decoded, so that "%327" becomes "27",
  // and that, when it is connected to, 0.0.0.27.
  static bool IsReadTheSameAgain(const std::string& host) {
    UrlReader again;
    return again.Read(absl::StrCat("http://", host, "/")).ok() &&
           absl::AsciiStrToLower(again.Part(CURLUPART_HOST)) == host;
  }

  CURLU* const url_;
};

absl::StatusOr<Url> Url::Parse(std::string_view text) {
  UrlReader reader;
  CS_RETURN_IF_ERROR(reader.Read(text));
  return reader.Finish();
}

absl::StatusOr<Url> Url::Resolve(std::string_view reference) const {
  UrlReader reader;
  CS_RETURN_IF_ERROR(reader.Read(ToString()));
  CS_RETURN_IF_ERROR(reader.Read(reference));
  return reader.Finish();
}

std::string Url::HostPort() const {
  if (port_ == (IsHttps() ? 443 : 80)) return host_;
  return absl::StrCat(host_, ":", port_);
}

std::string Url::ToString() const {
  return absl::StrCat(scheme_, "://", HostPort(), path_and_query_);
}

bool Url::IsSameOrigin(const Url& other) const {
  return scheme_ == other.scheme_ && host_ == other.host_ && port_ == other.port_;
}

}  // namespace countersign::http

#include "http/server/server_response.h"

#include <cstddef>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "boost/beast/core/string.hpp"
#include "boost/beast/http/status.hpp"

namespace countersign::http {

namespace beast = boost::beast;

namespace {

// Of most heads.
constexpr size_t kHeadBytes = 256;

// As in a response's head, of this second, which is written once.
const std::string& DateOfNow() {
  thread_local absl::Time second = absl::InfinitePast();
  thread_local std::string text;
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  if (now != second) {
    second = now;
    text = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return text;
}

}  // namespace

std::string WriteResponse(const ServerResponse& response, bool with_body, bool keep_alive) {
  const beast::string_view reason =
      beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
  std::string text;
  text.reserve(kHeadBytes + (with_body ? response.body.size() : 0));
  absl::StrAppend(&text, "HTTP/1.1 ", response.status, " ",
                  std::string_view(reason.data(), reason.size()), "\r\nDate: ", DateOfNow(),
                  "\r\nContent-Length: ", response.body.size(), "\r\n");
  if (!response.content_type.empty()) {
    absl::StrAppend(&text, "Content-Type: ", response.content_type, "\r\n");
  }
  for (const auto& [name, value] : response.more_headers) {
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  }
  if (!keep_alive) absl::StrAppend(&text, "Connection: close\r\n");
  absl::StrAppend(&text, "\r\n", with_body ? std::string_view(response.body) : std::string_view());
  return text;
}

}  // namespace countersign::http

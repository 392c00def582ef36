#include "http/server/server_response.h"

#include <exception>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "boost/beast/core/string.hpp"
#include "boost/beast/http/status.hpp"

namespace countersign::http {

namespace beast = boost::beast;

std::string WriteResponse(const ServerResponse& response, bool with_body, bool keep_alive) {
  const beast::string_view reason =
      beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
  std::string text = absl::StrCat(
      "HTTP/1.1 ", response.status, " ", std::string_view(reason.data(), reason.size()),
      "\r\nDate: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()),
      "\r\nContent-Length: ", response.body.size(), "\r\n");
  if (!response.content_type.empty()) {
    absl::StrAppend(&text, "Content-Type: ", response.content_type, "\r\n");
  }
  for (const auto& [name, value] : response.more_headers) {
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  }
  if (!keep_alive) absl::StrAppend(&text, "Connection: close\r\n");
  absl::StrAppend(&text, "\r\n", with_body ? response.body : "");
  return text;
}

ServerResponse RespondInAnyCase(const Respond& respond, ServerRequest request) {
  try {
    return respond(std::move(request));
  } catch (const std::exception& exception) {
    base::LogError("http", "A request's handler threw", {{"error", exception.what()}});
  } catch (...) {
    base::LogError("http", "A request's handler threw");
  }
  ServerResponse response;
  response.status = 500;
  response.body = "The server failed to answer this request.\n";
  return response;
}

}  // namespace countersign::http

#include "kube/client/server_url.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/loopback.h"
#include "base/status_macros.h"
#include "http/client/url.h"

namespace countersign::kube {

absl::StatusOr<std::string> ReadServerUrl(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("must be given");
  CS_ASSIGN_OR_RETURN(const http::Url url, http::Url::Parse(text));
  if (url.path_and_query().find('?') != std::string::npos) {
    return absl::InvalidArgumentError("must have no query");
  }
  if (!url.IsHttps() && !base::IsLoopback(absl::StrCat(url.host(), ":", url.port()))) {
    return absl::InvalidArgumentError("must be https; http is for this machine alone");
  }
  std::string server = url.ToString();
  while (server.ends_with('/')) server.pop_back();
  return server;
}

absl::StatusOr<std::string> BuildServerUrl(std::string_view host, std::string_view port) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) {
    return absl::InvalidArgumentError("the port must be a number up to 65535");
  }
  const bool is_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  const std::string bracketed = is_ipv6 ? absl::StrCat("[", host, "]") : std::string(host);
  return ReadServerUrl(absl::StrCat("https://", bracketed, ":", number));
}

bool IsServerName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-';
  });
}

}  // namespace countersign::kube

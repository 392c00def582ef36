#include "http/client/proxy.h"

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "http/client/no_proxy.h"
#include "http/client/url.h"

namespace countersign::http {
namespace {

// Names the payload of a status (absl::Status::SetPayload) that is a proxy's fault.
constexpr char kProxyPayload[] = "countersign/proxy";

struct Scheme {
  std::string_view name;
  std::string_view curl_name;  // with "h", the proxy resolves names, as with Go
  int port;
};
constexpr Scheme kSchemes[] = {{"http", "http", 80},
                               {"https", "https", 443},
                               {"socks5", "socks5h", 1080},
                               {"socks5h", "socks5h", 1080}};

std::string Variable(const char* upper, const char* lower) {
  for (const char* name : {upper, lower}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

absl::Status NoUrl() {
  return absl::InvalidArgumentError(
      "is no URL of a proxy: must be [http://|https://|socks5://][USER:PASSWORD@]HOST[:PORT]");
}

absl::StatusOr<Proxy> ParseUrl(std::string_view text) {
  std::string scheme_name = "http";
  if (const size_t end = text.find("://"); end != std::string_view::npos) {
    scheme_name = absl::AsciiStrToLower(text.substr(0, end));
    text.remove_prefix(end + 3);
  }
  const Scheme* scheme = nullptr;
  for (const Scheme& known : kSchemes) {
    if (known.name == scheme_name) scheme = &known;
  }
  if (scheme == nullptr) return NoUrl();
  text = text.substr(0, text.find_first_of("/?#"));
  std::string_view user;
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    user = text.substr(0, at + 1);
    text.remove_prefix(at + 1);
  }
  // Our own URLs allow no user, and take their port from the scheme.
  const absl::StatusOr<Url> host = Url::Parse(absl::StrCat("http://", text));
  if (!host.ok() || host->path_and_query() != "/") return NoUrl();
  const bool has_port =
      text.find(':', text.find(']') == std::string_view::npos ? 0 : text.find(']')) !=
      std::string_view::npos;
  const std::string name = absl::StrCat(host->host(), ":", has_port ? host->port() : scheme->port);
  return Proxy{.url = absl::StrCat(scheme->curl_name, "://", user, name),
               .name = name,
               .speaks_tls = scheme->name == "https"};
}

absl::StatusOr<std::optional<Proxy>> ParseVariable(std::string_view name, std::string_view value) {
  value = absl::StripAsciiWhitespace(value);
  if (value.empty()) return std::nullopt;
  absl::StatusOr<Proxy> proxy = ParseUrl(value);
  if (!proxy.ok())
    return absl::InvalidArgumentError(absl::StrCat(name, " ", proxy.status().message()));
  return *std::move(proxy);
}

}  // namespace

absl::StatusOr<Proxies> Proxies::FromEnvironment() {
  return Parse({.https_proxy = Variable("HTTPS_PROXY", "https_proxy"),
                .http_proxy = Variable("HTTP_PROXY", "http_proxy"),
                .no_proxy = Variable("NO_PROXY", "no_proxy")});
}

absl::StatusOr<Proxies> Proxies::Parse(const Settings& settings) {
  Proxies proxies;
  CS_ASSIGN_OR_RETURN(proxies.https_, ParseVariable("HTTPS_PROXY", settings.https_proxy));
  CS_ASSIGN_OR_RETURN(proxies.http_, ParseVariable("HTTP_PROXY", settings.http_proxy));
  proxies.no_proxy_ = NoProxy(settings.no_proxy);
  return proxies;
}

const Proxy* Proxies::Find(const Url& url) const {
  const std::optional<Proxy>& proxy = url.IsHttps() ? https_ : http_;
  if (!proxy.has_value() || no_proxy_.Contains(url.host(), url.port())) return nullptr;
  return &*proxy;
}

absl::Status ProxyFault(std::string_view name, std::string_view what) {
  absl::Status fault = absl::UnavailableError(absl::StrCat("the proxy ", name, " ", what));
  fault.SetPayload(kProxyPayload, absl::Cord(name));
  return fault;
}

bool IsProxyFault(const absl::Status& status) {
  return status.GetPayload(kProxyPayload).has_value();
}

}  // namespace countersign::http

#ifndef COUNTERSIGN_HTTP_CLIENT_PROXY_H_
#define COUNTERSIGN_HTTP_CLIENT_PROXY_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "http/client/no_proxy.h"
#include "http/client/url.h"

namespace countersign::http {

struct Proxy {
  std::string url;   // as libcurl takes it; may hold a name and a password: never to be shown
  std::string name;  // host:port, for people
  bool speaks_tls = false;
};

// Through which proxy to reach a URL, by Go's rule: HTTPS_PROXY for https, HTTP_PROXY for http, and
// NO_PROXY (no_proxy.h). Immutable value; the default has none.
class Proxies {
 public:
  struct Settings {
    std::string https_proxy;  // "[http://|https://|socks5://][USER:PASSWORD@]HOST[:PORT]", or ""
    std::string http_proxy;
    std::string no_proxy;
  };

  // Of the environment's variables in upper case, or in lower case where those are not there.
  // InvalidArgument names the variable that is no proxy's URL, and quotes nothing.
  static absl::StatusOr<Proxies> FromEnvironment();
  static absl::StatusOr<Proxies> Parse(const Settings& settings);

  Proxies() : no_proxy_("") {}

  // Null: directly.
  const Proxy* Find(const Url& url) const;

 private:
  std::optional<Proxy> https_;
  std::optional<Proxy> http_;
  NoProxy no_proxy_;
};

// Unavailable, because of the proxy `name` and not of whoever was to be reached through it: "the
// proxy NAME …".
absl::Status ProxyFault(std::string_view name, std::string_view what);
bool IsProxyFault(const absl::Status& status);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_PROXY_H_

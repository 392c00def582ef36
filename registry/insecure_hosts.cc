#include "registry/insecure_hosts.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "http/client/url.h"
#include "oci/host_and_port.h"

namespace countersign::registry {

InsecureHosts::InsecureHosts(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string lower = absl::AsciiStrToLower(name);
    if (oci::SplitHostAndPort(lower).port.has_value()) {
      host_ports_.insert(lower);
    } else {
      host_ports_.insert(absl::StrCat(lower, oci::kHttpsPort));
      host_ports_.insert(lower + ":80");
    }
  }
}

bool InsecureHosts::Contains(const http::Url& url) const {
  return host_ports_.contains(absl::StrCat(url.host(), ":", url.port()));
}

}  // namespace countersign::registry

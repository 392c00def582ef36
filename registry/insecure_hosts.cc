#include "registry/insecure_hosts.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "http/client/url.h"

namespace countersign::registry {
namespace {

bool HasPort(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon != std::string_view::npos && name.find(']', colon) == std::string_view::npos;
}

}  // namespace

InsecureHosts::InsecureHosts(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string lower = absl::AsciiStrToLower(name);
    if (HasPort(lower)) {
      host_ports_.insert(lower);
    } else {
      host_ports_.insert(lower + ":443");
      host_ports_.insert(lower + ":80");
    }
  }
}

bool InsecureHosts::Contains(const http::Url& url) const {
  return host_ports_.contains(absl::StrCat(url.host(), ":", url.port()));
}

}  // namespace countersign::registry

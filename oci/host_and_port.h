#ifndef COUNTERSIGN_OCI_HOST_AND_PORT_H_
#define COUNTERSIGN_OCI_HOST_AND_PORT_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace countersign::oci {

// The two parts of "host", "host:port" or "[IPv6 address]:port", as they are written.
struct HostAndPort {
  std::string_view host;  // with its brackets
  // Without its colon; nullopt where there is no colon, or only those of an address in brackets.
  std::optional<std::string_view> port;
};

// Looks for the colon alone: neither part need be one. They refer to `text`.
inline HostAndPort SplitHostAndPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos) {
    return {.host = text, .port = std::nullopt};
  }
  return {.host = text.substr(0, colon), .port = text.substr(colon + 1)};
}

// The port that https:// implies: with it and without it a host is the same.
inline constexpr std::string_view kHttpsPort = ":443";
inline std::string_view WithoutHttpsPort(std::string_view host) {
  if (host.ends_with(kHttpsPort)) host.remove_suffix(kHttpsPort.size());
  return host;
}

}  // namespace countersign::oci

#endif  // COUNTERSIGN_OCI_HOST_AND_PORT_H_
